package spec_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

// The goldens of good samples show the whole model.
func TestGood(t *testing.T) {
	for _, path := range samples(t, "good", 8) {
		t.Run(name(path), func(t *testing.T) {
			archive, src := sample(t, path)
			schema, diags := spec.Parse("families.yaml", src)
			require.NoError(t, diags.Err())
			golden(t, path, archive, "model", describe(schema))
		})
	}
}

func TestLineEnds(t *testing.T) {
	for _, path := range samples(t, "good", 8) {
		_, src := sample(t, path)
		want, diags := spec.Parse("families.yaml", src)
		require.NoError(t, diags.Err())
		windows := append([]byte("\xef\xbb\xbf"), bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))...)
		got, diags := spec.Parse("families.yaml", windows)
		require.NoError(t, diags.Err(), name(path))
		assert.Equal(t, describe(want), describe(got), name(path))
	}
}

// A hostile file is refused before the YAML parser, which needs half a minute
// and more for some of these, can see it. The deadline is a thousand times
// what they take.
func TestHostile(t *testing.T) {
	const mib = 1 << 20
	fill := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	ladder := strings.Builder{}
	for i := 0; ladder.Len() < mib-2000; i++ {
		ladder.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, c := range map[string]struct{ src, want string }{
		"two megabytes":       {fill("[", 2*mib), "1:1: the file has 2097152 bytes; at most 1048576 are read"},
		"brackets":            {fill("[", mib), "1:65: nested more than 64 levels deep"},
		"braces":              {fill("{a: ", mib), "nested more than 64 levels deep"},
		"dashes":              {fill("- ", mib), "1:129: nested more than 64 levels deep"},
		"indentation":         {ladder.String(), "65:65: nested more than 64 levels deep"},
		"keys in one line":    {fill("a: ", mib), "1:5: a colon and a space inside of text without quotes"},
		"anchors":             {fill("&a ", mib), "1:1: an anchor"},
		"tags":                {fill("!a ", mib), "1:1: a tag"},
		"complex keys":        {fill("? ", mib), "1:1: a complex key"},
		"documents":           {fill("---\n", mib), "1:1: the file is one document and needs no ---"},
		"quotes":              {"a: \"" + fill("\\n", mib-8), "1:4: this quote is never closed"},
		"wide mappings":       {fill("a: b\n", mib), "10001:1: more than 10000 entries in one place"},
		"wide brackets":       {"a: [" + fill("b, ", mib-8) + "]", "more than 10000 entries in one place"},
		"a long type":         {"version: 1\npackage: d\nfamilies: {a: {accessor: A, id: string, value: \"enum(a=1" + fill(", a=1", mib-200) + ")\"}}", "the value is longer than 4096 bytes"},
		"nul":                 {"a: \x00", "1:4: a control character"},
		"not utf-8":           {"a: \xff", "1:4: this byte is not UTF-8"},
		"a lone return":       {"a: b\rc: d", "1:5: a control character"},
		"a mark in the text":  {"a: \ufeffb", "1:4: a control character"},
		"a replacement char ": {"a: \ufffd", "the file has no version"},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan spec.Diagnostics, 1)
			go func() {
				_, diags := spec.Parse("f.yaml", []byte(c.src))
				done <- diags
			}()
			select {
			case diags := <-done:
				require.NotEmpty(t, diags)
				assert.Contains(t, diags.Error(), c.want)
				assert.Less(t, len(diags.Error()), 5000, "the message repeats the file")
			case <-time.After(20 * time.Second):
				t.Fatal("not refused at once")
			}
		})
	}
}

// The ten families are what the project promises: names, accessors and
// secrecy. There may be more.
func TestTheTenFamilies(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "..", "families.yaml"))
	require.NoError(t, err)
	schema, diags := spec.Parse("families.yaml", src)
	require.NoError(t, diags.Err())
	assert.Equal(t, "signalkeys", schema.Package)
	var got []string
	for _, f := range schema.Families {
		secret := ""
		if f.Secret {
			secret = " secret"
		}
		got = append(got, f.Name+" "+f.Accessor+" "+f.IDType()+secret)
	}
	assert.Subset(t, got, []string{
		"session Sessions SessionID secret",
		"pre-key PreKeys PreKeyID secret",
		"sender-key SenderKeys SenderKeyID secret",
		"sender-key-memory SenderKeyMemory SenderKeyMemoryID",
		"app-state-sync-key AppStateSyncKeys AppStateSyncKeyID secret",
		"app-state-sync-version AppStateSyncVersions AppStateSyncVersionID",
		"lid-mapping LIDMappings LIDMappingID",
		"device-list DeviceLists DeviceListID",
		"tctoken TCTokens TCTokenID secret",
		"identity-key IdentityKeys IdentityKeyID",
	})
}

func FuzzParse(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		schema, diags := spec.Parse("families.yaml", src)
		if (schema == nil) != (len(diags) > 0) {
			t.Fatal("either a schema or mistakes")
		}
		for i, d := range diags {
			if d.Pos.Line < 1 || d.Pos.Col < 1 || d.Message == "" {
				t.Fatalf("a mistake without a place: %+v", d)
			}
			if i > 0 && diags[i-1].Pos.Line > d.Pos.Line {
				t.Fatal("mistakes are not sorted")
			}
		}
		_ = diags.Error()
		if schema != nil {
			describe(schema)
		}
	})
}

// addSamples seeds a fuzz test with every families.yaml of the goldens.
func addSamples(f *testing.F) {
	for _, folder := range []string{"good", "bad", "format"} {
		paths, err := filepath.Glob(filepath.Join("..", "testdata", "spec", folder, "*.txtar"))
		require.NoError(f, err)
		require.NotEmpty(f, paths)
		for _, path := range paths {
			archive, err := txtar.ParseFile(path)
			require.NoError(f, err)
			f.Add(archive.Files[0].Data)
		}
	}
}
