package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFilesAreListed holds that the list of files in doc.go is complete and
// names each file once.
func TestFilesAreListed(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	_, list, found := strings.Cut(string(doc), "package store\n\n// The files")
	require.True(t, found)
	listed := regexp.MustCompile(`\w+\.go\b`).FindAllString(list, -1)

	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var want []string
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && file != "doc.go" {
			want = append(want, file)
		}
	}
	require.ElementsMatch(t, want, listed)
}
