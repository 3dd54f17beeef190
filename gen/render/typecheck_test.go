package render_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/gen/spec"
)

// importers is what generated code imports, loaded once.
var importers = sync.OnceValues(func() (map[string]*types.Package, error) {
	const mode = packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps
	loaded, err := packages.Load(&packages.Config{Mode: mode},
		"github.com/keyfam/keyfam/store", "github.com/keyfam/keyfam/store/family", "github.com/keyfam/keyfam/store/family/codec", "github.com/keyfam/keyfam/store/family/familytest",
		"cmp", "context", "crypto/subtle", "encoding", "fmt", "iter", "log/slog", "strconv", "strings", "testing")
	found := map[string]*types.Package{}
	for p := range packages.Postorder(loaded) {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		found[p.PkgPath] = p.Types
	}
	return found, err
})

// imported has the packages that generated code imports, and for every other
// path one with the types that are asked for, which marshal.
type imported map[string]*types.Package

func (m imported) Import(path string) (*types.Package, error) {
	if p := m[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("nobody imports %q", path)
}

// userPackage declares the user's types that a schema names in one package.
func userPackage(importPath string, names []string) (*types.Package, error) {
	var b strings.Builder
	b.WriteString("package user\n")
	for _, name := range names {
		fmt.Fprintf(&b, "type %[1]s struct{}\nfunc (%[1]s) MarshalBinary() ([]byte, error) { return nil, nil }\nfunc (*%[1]s) UnmarshalBinary([]byte) error { return nil }\n", name)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "user.go", b.String(), 0)
	if err != nil {
		return nil, err
	}
	return new(types.Config).Check(importPath, fset, []*ast.File{file}, nil)
}

// typeCheck reports the first mistakes of a rendered package, of its package
// for tests and of its own test.
func typeCheck(s *spec.Schema, importPath string, files []render.File) error {
	known, err := importers()
	if err != nil {
		return err
	}
	world := imported(maps.Clone(known))
	uses := map[string][]string{}
	for _, t := range s.Types() {
		if t.Kind == spec.Go && !slices.Contains(uses[t.Go.Import], t.Go.Name) {
			uses[t.Go.Import] = append(uses[t.Go.Import], t.Go.Name)
		}
	}
	for importPath, names := range uses {
		if world[importPath], err = userPackage(importPath, names); err != nil {
			return err
		}
	}
	fset := token.NewFileSet()
	units := map[string][]*ast.File{}
	for _, f := range files {
		parsed, err := parser.ParseFile(fset, f.Path, f.Bytes, parser.ParseComments)
		if err != nil {
			return err
		}
		unit := path.Join(importPath, path.Dir(f.Path))
		if strings.HasSuffix(f.Path, "_test.go") {
			unit += "_test"
		}
		units[unit] = append(units[unit], parsed)
	}
	for _, unit := range []string{importPath, importPath + "/" + s.Package + "test", importPath + "_test"} {
		var errs []error
		config := types.Config{Importer: world, Error: func(err error) {
			if len(errs) < 5 {
				errs = append(errs, err)
			}
		}}
		if len(units[unit]) == 0 {
			return fmt.Errorf("no file of %s", unit)
		}
		world[unit], _ = config.Check(unit, fset, units[unit], nil)
		if len(errs) > 0 {
			return errors.Join(errs...)
		}
	}
	return nil
}

// compiles renders a spec and fails unless the result has no mistake of types.
func compiles(t testing.TB, src string) error {
	t.Helper()
	s, diags := spec.Parse("families.yaml", []byte(src))
	require.NoError(t, diags.Err(), src)
	const importPath = "example.com/gen/out"
	files, err := render.Render(s, render.Options{ImportPath: importPath, SpecFile: "../families.yaml", Spec: []byte(src)})
	if err != nil {
		return err
	}
	return typeCheck(s, importPath, files)
}
