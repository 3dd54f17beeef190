package openers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTables reads every table that is shipped, and compares that of bbolt with the documentation.
func TestTables(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		table, err := Parse(strings.NewReader(string(text)))
		require.NoError(t, err, file)
		assert.NotEmpty(t, table.Libraries[0].Openers, file)
	}
	page, err := os.ReadFile("../../docs/famvet.md")
	require.NoError(t, err)
	bbolt, err := os.ReadFile("testdata/bbolt.json")
	require.NoError(t, err)
	assert.Contains(t, string(page), "```json\n"+string(bbolt)+"```")
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                  "unexpected EOF",
		`{"libs":[]}`:        `unknown field "libs"`,
		`{"libraries":[{}]}`: `needs its import path in "package"`,
		`{"libraries":[{"package":"p","openers":[{"callback":1}]}]}`:           `an opener needs "func"`,
		`{"libraries":[{"package":"p","openers":[{"func":"F","handle":-2}]}]}`: "indexes from 0",
	} {
		_, err := Parse(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
}
