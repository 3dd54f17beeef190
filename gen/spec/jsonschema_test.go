package spec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

// What the schema accepts and rejects is tested in internal/crosscheck, which
// has a validator.
func TestJSONSchemaIsCommitted(t *testing.T) {
	path := filepath.Join("..", "families.schema.json")
	if *update {
		require.NoError(t, os.WriteFile(path, spec.JSONSchema(), 0o644))
	}
	committed, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(spec.JSONSchema()), string(committed), "run go test ./gen/spec -update")
}
