package docs_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/docs"
	"github.com/keyfam/keyfam/gen/spec"
)

var update = flag.Bool("update", false, "rewrite the goldens in gen/testdata/spec/docs")

// Every good sample, the ten families among them, has a golden page, which holds
// the .proto text too.
func TestMarkdown(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "spec", "good", "*.txtar"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 8)
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		page(t, strings.TrimSuffix(filepath.Base(path), ".txtar"), archive.Files[0].Data)
	}
}

func page(t *testing.T, name string, src []byte) {
	t.Helper()
	schema, diags := spec.Parse("families.yaml", src)
	require.NoError(t, diags.Err())
	got := docs.Markdown(schema)
	assert.Contains(t, got, docs.Proto(schema))
	path := filepath.Join("..", "testdata", "spec", "docs", name+".md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, name)
}
