package spec_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

func TestFormat(t *testing.T) {
	for _, folder := range []string{"good", "format"} {
		for _, path := range samples(t, folder, 3) {
			t.Run(folder+"/"+name(path), func(t *testing.T) {
				archive, src := sample(t, path)
				out, err := spec.Format(src)
				require.NoError(t, err)
				golden(t, path, archive, "formatted", string(out))
				again, err := spec.Format(out)
				require.NoError(t, err)
				assert.Equal(t, string(out), string(again), "formatting twice changes something")
				windows, err := spec.Format(bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")))
				require.NoError(t, err)
				assert.Equal(t, string(out), string(windows))
			})
		}
	}
}

// What Format writes means what it read.
func TestFormatKeepsTheSchema(t *testing.T) {
	for _, path := range samples(t, "good", 8) {
		_, src := sample(t, path)
		before, diags := spec.Parse("families.yaml", src)
		require.NoError(t, diags.Err())
		out, err := spec.Format(src)
		require.NoError(t, err)
		after, diags := spec.Parse("families.yaml", out)
		require.NoError(t, diags.Err())
		assert.Equal(t, describe(before), describe(after), name(path))
	}
}

func TestFormatRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"a: *b\n":     "families.yaml:1:4: an alias",
		"- a\n":       "families.yaml:1:1: the file must be a mapping, not a list",
		"a: [[b]]\n":  "families.yaml:1:5: a list can only hold text, not a list",
		"a: {b: c, [": "this bracket is never closed",
	} {
		_, err := spec.Format([]byte(src))
		var diags spec.Diagnostics
		require.True(t, errors.As(err, &diags), "%q: %v", src, err)
		assert.Contains(t, diags.Error(), want)
	}
}

func TestOurFileIsFormatted(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "..", "families.yaml"))
	require.NoError(t, err)
	out, err := spec.Format(src)
	require.NoError(t, err)
	assert.Equal(t, string(src), string(out))
}

func FuzzFormat(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := spec.Format(src)
		if err != nil {
			if errors.As(err, new(spec.Diagnostics)) {
				return
			}
			t.Fatalf("%v: %q", err, src)
		}
		again, err := spec.Format(out)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out)
		}
		if !bytes.Equal(out, again) {
			t.Fatalf("formatting twice changes something:\n%s\n%s", out, again)
		}
	})
}
