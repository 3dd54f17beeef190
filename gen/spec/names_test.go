package spec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

// Every exported package-level name of the generated package that is not its
// own is one that Parse has claimed for a family or reserved, so no families
// file that passes Parse can make a package in which a name is there twice.
func TestGeneratedNamesAreClaimed(t *testing.T) {
	root := filepath.Join("..", "..")
	src, err := os.ReadFile(filepath.Join(root, "families.yaml"))
	require.NoError(t, err)
	schema, diags := spec.Parse("families.yaml", src)
	require.NoError(t, diags.Err())
	var claimed []string
	for _, f := range schema.Families {
		claimed = append(claimed, f.GoNames()...)
	}
	for _, r := range schema.Records {
		claimed = append(claimed, r.GoName)
	}
	files, err := filepath.Glob(filepath.Join(root, "generated", "signalkeys", "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		for _, name := range exportedNames(t, file) {
			if !slices.Contains(claimed, name) {
				assert.True(t, refused(name), "%s declares %s, which a record could be called too", filepath.Base(file), name)
			}
		}
	}
}

// refused says whether no record can have the Go name.
func refused(name string) bool {
	_, diags := spec.Parse("f.yaml", []byte("version: 1\npackage: p\nfamilies: {a: {accessor: As, key: string, value: r}}\n"+
		"records: {r: {name: "+name+", fields: {1: a bool}}}\n"))
	return strings.Contains(diags.Error(), "which every generated package has")
}

// exportedNames lists the exported names that a file declares at the top.
func exportedNames(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var names []string
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.IsExported() {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !ast.IsExported(name) })
}
