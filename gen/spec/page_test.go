package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

// Each block of docs/families.md is a families file, laid out as famgen fmt
// does, and the page has every word of the grammar.
func TestThePageIsTrue(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "families.md"))
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.GreaterOrEqual(t, len(blocks), 8)
	all := ""
	for _, b := range blocks {
		src := b[1]
		all += src
		if !strings.HasPrefix(src, "version:") {
			src = "version: 1\npackage: demo\n\n" + src
		}
		_, diags := spec.Parse("families.md", []byte(src))
		require.NoError(t, diags.Err())
		formatted, err := spec.Format("families.yaml", []byte(src))
		require.NoError(t, err)
		if !strings.Contains(src, "{accessor") { // famgen fmt writes that out
			assert.Equal(t, string(formatted), src)
		}
	}
	for _, construct := range []string{
		"version:", "package:", "doc:", "messages:", "families:", "retired:", "name: TCToken", "fields:", "accessor:", "id:", "value:",
		"secret: true", "scan:", "inverse:", "text:", "type:", "go:", "import:", " ordered", " optional", " secret", "bool", "int64", "uint32",
		"uint64", "string", "bytes", "value: time", "bytes[32]", "bytes[..", `"[]`, "time", "map[string]", "enum(", "families: [", ": [2]",
	} {
		assert.Contains(t, all, construct, "the page shows no example of it")
	}
}
