package crosscheck

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/docs"
	"github.com/keyfam/keyfam/gen/spec"
)

// The .proto text of our own families.yaml and of every good sample compiles.
func TestProtoCompiles(t *testing.T) {
	own, err := os.ReadFile("../../families.yaml")
	require.NoError(t, err)
	compiles(t, "families.yaml", own)
	for _, path := range samples(t, "good", 8) {
		compiles(t, filepath.Base(path), source(t, path))
	}
}

func compiles(t *testing.T, name string, src []byte) {
	t.Helper()
	schema, diags := spec.Parse(name, src)
	require.NoError(t, diags.Err())
	text := docs.Proto(schema)
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"families.proto": text}),
	}}
	_, err := compiler.Compile(t.Context(), "families.proto")
	assert.NoError(t, err, "%s\n%s", name, text)
}
