package main

import (
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/keyfam/keyfam/gen/spec"
)

// checkGoTypes reports user types that do not exist or do not marshal.
// Packages are loaded only if the schema has such types, all at once. What
// else is wrong with them does not matter: the code that is about to be
// generated may be what they lack.
func checkGoTypes(file string, src []byte, s *spec.Schema, dir string) error {
	uses := goTypes(s)
	if len(uses) == 0 {
		return nil
	}
	loaded, err := load(uses, existing(dir))
	if err != nil {
		return fmt.Errorf("the packages of go: types cannot be loaded: %w", err)
	}
	lines := strings.Split(string(src), "\n")
	var diags spec.Diagnostics
	for _, t := range uses {
		pos := t.Pos
		if missing(loaded[t.Import]) {
			pos = t.ImportPos
		}
		if message, hint := fault(t, loaded[t.Import]); message != "" {
			d := &spec.Diagnostic{File: filepath.ToSlash(file), Pos: pos, Message: message, Hint: hint}
			if pos.Line >= 1 && pos.Line <= len(lines) {
				d.Excerpt, d.Caret = strings.TrimRight(lines[pos.Line-1], "\r"), pos.Col-1
			}
			diags = append(diags, d)
		}
	}
	return diags.Err()
}

// goTypes is every use of a user's type.
func goTypes(s *spec.Schema) (uses []*spec.GoType) {
	add := func(t *spec.Type) {
		if t.Kind == spec.Go {
			uses = append(uses, t.Go)
		}
	}
	for _, r := range s.Messages {
		for _, f := range r.Fields {
			add(f.Type)
		}
	}
	for _, f := range s.Families {
		add(f.Value)
	}
	return uses
}

// load returns the packages of the types by import path, as seen from a
// directory. It does not need them to compile.
func load(uses []*spec.GoType, dir string) (map[string]*packages.Package, error) {
	var paths []string
	for _, t := range uses {
		paths = append(paths, t.Import)
	}
	found, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: dir}, paths...)
	loaded := map[string]*packages.Package{}
	for _, p := range found {
		loaded[p.PkgPath] = p
	}
	return loaded, err
}

// existing is the innermost directory of the path that is there.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// missing reports whether there is no such package.
func missing(p *packages.Package) bool { return p == nil || p.Types == nil || len(p.GoFiles) == 0 }

// fault is what is wrong with a type, and a hint; empty if nothing.
func fault(t *spec.GoType, p *packages.Package) (message, hint string) {
	if missing(p) {
		return "there is no package " + t.Import, "the import path is that of Go's import; go get it if it is another module's"
	}
	name, ok := p.Types.Scope().Lookup(t.Name).(*types.TypeName)
	if !ok {
		return fmt.Sprintf("the package %s has no type %s", t.Import, t.Name), "declare it, or correct the name"
	}
	if named, ok := name.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
		return fmt.Sprintf("the type %s has type parameters", t.Name), "declare a type without: type T Generic[int]"
	}
	if types.IsInterface(name.Type()) {
		return fmt.Sprintf("the type %s is an interface, so its bytes could not be read back", t.Name), "name a type that implements it"
	}
	methods := types.NewMethodSet(types.NewPointer(name.Type()))
	for _, want := range []struct {
		name, text      string
		params, results []types.Type
	}{
		{"MarshalBinary", "MarshalBinary() ([]byte, error)", nil, []types.Type{bytesType, errorType}},
		{"UnmarshalBinary", "UnmarshalBinary([]byte) error", []types.Type{bytesType}, []types.Type{errorType}},
	} {
		m := methods.Lookup(nil, want.name)
		if m == nil || !types.Identical(m.Type(), signature(want.params, want.results)) {
			return fmt.Sprintf("the type %s has no method %s", t.Name, want.text), "it is stored as the bytes that it marshals to"
		}
	}
	return "", ""
}

var (
	bytesType = types.NewSlice(types.Typ[types.Byte])
	errorType = types.Universe.Lookup("error").Type()
)

func signature(params, results []types.Type) *types.Signature {
	tuple := func(list []types.Type) *types.Tuple {
		vars := make([]*types.Var, len(list))
		for i, t := range list {
			vars[i] = types.NewVar(token.NoPos, nil, "", t)
		}
		return types.NewTuple(vars...)
	}
	return types.NewSignatureType(nil, nil, nil, tuple(params), tuple(results), false)
}
