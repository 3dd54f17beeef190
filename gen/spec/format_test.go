package spec_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

func TestFormat(t *testing.T) {
	for _, folder := range []string{"good", "format"} {
		for _, path := range samples(t, folder, 3) {
			t.Run(folder+"/"+name(path), func(t *testing.T) {
				archive, src := sample(t, path)
				out, err := spec.Format("families.yaml", src)
				require.NoError(t, err)
				golden(t, path, archive, "formatted", string(out))
				again, err := spec.Format("families.yaml", out)
				require.NoError(t, err)
				assert.Equal(t, string(out), string(again), "formatting twice changes something")
				windows, err := spec.Format("families.yaml", bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")))
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
		out, err := spec.Format("families.yaml", src)
		require.NoError(t, err)
		after, diags := spec.Parse("families.yaml", out)
		require.NoError(t, diags.Err())
		assert.Equal(t, describe(before), describe(after), name(path))
	}
}

func TestFormatRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"a: *b\n":       "families.yaml:1:4: an alias",
		"<<: b\n":       "families.yaml:1:1: a merge key",
		"a: [b,#c\nd]":  "families.yaml:1:7: text without quotes cannot begin with #",
		"a: [b c: d]":   "families.yaml:1:8: a colon inside of a list",
		"a: {b: c d: e": "families.yaml:1:11: a colon and a space inside of text",
		"a: b # c\n  d": "families.yaml:2:3: this value has no place here",
		"- a\n":         "families.yaml:1:1: the file must be a mapping, not a list",
		"a: [[b]]\n":    "families.yaml:1:5: a list can only hold text, not a list",
		"a: {b: c, [":   "this bracket is never closed",
	} {
		_, err := spec.Format("families.yaml", []byte(src))
		var diags spec.Diagnostics
		require.True(t, errors.As(err, &diags), "%q: %v", src, err)
		assert.Contains(t, diags.Error(), want)
	}
}

func TestOurFileIsFormatted(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "..", "families.yaml"))
	require.NoError(t, err)
	out, err := spec.Format("families.yaml", src)
	require.NoError(t, err)
	assert.Equal(t, string(src), string(out))
}

var seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random tests")

// Comments may stand wherever there is a line, at any depth, with blank lines
// around them. None is lost, and formatting twice changes nothing. Every place
// for one comment is tried, and a random part of those for two.
func TestFormatTwiceWithCommentsAnywhere(t *testing.T) {
	files := []string{
		"version: 1\nmessages:\n\nfamilies:\n",
		"families:\n  b:\n    doc: x\n  a:\n    value: int\nmessages: {}\nversion: 1\n",
		"families:\n  a:\n    doc: |\n      x\n\n      y\n    fields:\n      2: a int\n      1: b int\nversion: 1\n",
		"families:\n  a:\n    doc: >\n        x\n    fields:\nversion: 1\n",
		"retired:\n  - a\n  - b\nfamilies:\n  a:\n    values:\n      - c\n      - d\n    doc: x\n",
		"retired: [a,\n  b]\nfamilies: {a: {doc: x,\n  value: int},\n  b: {}}\npackage: a\n",
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	t.Logf("-seed=%d", *seed)
	for _, file := range files {
		formatted := 0
		withComment(file, "# c", func(src string) {
			formatted += formatsTwice(t, src)
			withComment(src, "# d", func(src string) {
				if random.IntN(40) == 0 {
					formatted += formatsTwice(t, src)
				}
			})
		})
		assert.Greater(t, formatted, 200)
	}
}

// withComment gives file to fn with the comment in each place where it can be.
func withComment(file, comment string, fn func(src string)) {
	lines := strings.SplitAfter(file, "\n")
	for at := range lines {
		for indent := range 9 {
			for _, around := range []string{"%s\n", "\n%s\n", "%s\n\n", "\n%s\n\n"} {
				line := fmt.Sprintf(around, strings.Repeat(" ", indent)+comment)
				fn(strings.Join(lines[:at], "") + line + strings.Join(lines[at:], ""))
			}
		}
	}
}

// formatsTwice is 1 if src is YAML.
func formatsTwice(t *testing.T, src string) int {
	out, err := spec.Format("families.yaml", []byte(src))
	if errors.As(err, new(spec.Diagnostics)) {
		return 0
	}
	require.NoError(t, err, "%s", src)
	again, err := spec.Format("families.yaml", out)
	require.NoError(t, err, "%s", out)
	require.Equal(t, string(out), string(again), "of:\n%s", src)
	require.Equal(t, strings.Count(src, "#"), strings.Count(string(out), "#"), "of:\n%s", src)
	return 1
}

func FuzzFormat(f *testing.F) {
	addSamples(f)
	for _, src := range []string{"<< :", "0<<:", "a: {b:?}", " ---:", "a: [...]"} { // once lost
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := spec.Format("families.yaml", src)
		if err != nil {
			if errors.As(err, new(spec.Diagnostics)) {
				return
			}
			t.Fatalf("%v: %q", err, src)
		}
		again, err := spec.Format("families.yaml", out)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out)
		}
		if !bytes.Equal(out, again) {
			t.Fatalf("formatting twice changes something:\n%s\n%s", out, again)
		}
	})
}
