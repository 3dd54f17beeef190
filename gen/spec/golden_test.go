package spec_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

var update = flag.Bool("update", false, "rewrite the goldens in gen/testdata/spec")

// A bad sample names its fault: syntax (not YAML as the grammar has it), shape
// (the JSON Schema refuses it too) or meaning (only Parse can know).
var faultLine = regexp.MustCompile(`(?m)^fault: (syntax|shape|meaning)$`)

func TestBad(t *testing.T) {
	paths := samples(t, "bad", 45)
	shapes := 0
	for _, path := range paths {
		t.Run(name(path), func(t *testing.T) {
			archive, src := sample(t, path)
			fault := faultLine.FindStringSubmatch(string(archive.Comment))
			require.NotNil(t, fault, "the sample does not name its fault")
			if fault[1] == "shape" {
				shapes++
			}
			schema, diags := spec.Parse("families.yaml", src)
			require.NotEmpty(t, diags, "a bad sample was accepted")
			assert.Nil(t, schema)
			if fault[1] == "syntax" {
				assert.Len(t, diags, 1, "a syntax error stands alone")
			}
			golden(t, path, archive, "want", diags.Error()+"\n")
		})
	}
	assert.GreaterOrEqual(t, shapes, 15)
}

// samples lists the txtar files of a folder; fewer than least means that the
// folder was not found.
func samples(t *testing.T, folder string, least int) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "spec", folder, "*.txtar"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), least)
	return paths
}

func name(path string) string {
	base := filepath.Base(path)
	return base[:len(base)-len(filepath.Ext(base))]
}

// sample reads a txtar file and its families.yaml.
func sample(t *testing.T, path string) (*txtar.Archive, []byte) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	require.NotEmpty(t, archive.Files)
	require.Equal(t, "families.yaml", archive.Files[0].Name)
	return archive, archive.Files[0].Data
}

// golden compares got with the named file of the archive, or writes it there.
func golden(t *testing.T, path string, archive *txtar.Archive, file, got string) {
	t.Helper()
	for i, f := range archive.Files {
		if f.Name != file {
			continue
		}
		if *update {
			archive.Files[i].Data = []byte(got)
			require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
		}
		assert.Equal(t, string(archive.Files[i].Data), got)
		return
	}
	require.True(t, *update, "the sample has no file %s; run with -update", file)
	archive.Files = append(archive.Files, txtar.File{Name: file, Data: []byte(got)})
	require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
}
