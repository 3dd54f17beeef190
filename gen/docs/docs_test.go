package docs_test

import (
	"flag"
	"fmt"
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

// A doc or the text of an id with bars, backquotes and line ends keeps each row
// of a table on one line with its cells, and each piece of code between its
// fences.
func TestTablesHold(t *testing.T) {
	for _, text := range []string{"a | b", `a \| b`, `a \\| b`, "a\n\n| b |", "|", `\`, "`|`", "``|``", "```\n|", "~~~", "<!--", "<script>|"} {
		src := fmt.Sprintf("version: 1\npackage: p\ndoc: %[1]q\nmessages:\n  rec: {doc: %[1]q, fields: {1: {name: a, type: bool, doc: %[1]q}}}\nfamilies:\n"+
			"  fam: {accessor: Fams, doc: %[1]q, id: {text: %[2]q, z: string}, value: rec}\n", text, "{z}"+strings.ReplaceAll(text, "\n", ""))
		schema, diags := spec.Parse("families.yaml", []byte(src))
		require.NoError(t, diags.Err())
		got := docs.Markdown(schema)
		for line := range strings.Lines(got) {
			switch {
			case strings.HasPrefix(line, "| `fam` |"):
				assert.Equal(t, 5, cells(line), line)
			case strings.HasPrefix(line, "| 1 |"):
				assert.Equal(t, 4, cells(line), line)
			}
		}
		assert.Contains(t, got, "| `fam` |")
		assert.Contains(t, got, "| 1 |")
	}
}

// cells counts the cells of a row as a reader of tables splits it: at bars that
// no backslash escapes.
func cells(row string) int {
	n := -1
	for i := 0; i < len(row); i++ {
		switch row[i] {
		case '\\':
			i++
		case '|':
			n++
		}
	}
	return n
}
