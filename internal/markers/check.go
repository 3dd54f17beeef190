package markers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A Package has, for each exported type of a package, values in which markers
// were planted through use, or a reason why there are none.
type Package struct {
	Dir    string // of its source, from the test's directory
	Values map[string][]any
	Exempt map[string]string
	More   []Sink // besides those that every test has
}

// Check fails the test if any sink shows a marker of a value in any place, or
// if an exported type has neither values nor a reason. It returns how many
// pairs of place and sink it tried.
func Check(t testing.TB, p Package) (pairs int) {
	t.Helper()
	p.complete(t)
	for _, name := range slices.Sorted(maps.Keys(p.Values)) {
		for _, v := range p.Values[name] {
			if got := typeName(v); got != name {
				t.Errorf("a value of %s stands for %s", got, name)
			}
			pairs += Search(t, p.Dir+": "+name, v, p.More...)
		}
	}
	t.Logf("%s: %d types, %d exempt, %d pairs", p.Dir, len(p.Values), len(p.Exempt), pairs)
	return pairs
}

// Search fails the test if any sink shows a marker of the value in any place.
// It returns how many pairs of place and sink it tried.
func Search(t testing.TB, name string, v any, more ...Sink) (pairs int) {
	t.Helper()
	all := slices.Concat(sinks(), more)
	for _, at := range around(v) {
		for _, s := range all {
			pairs++
			if found := Find(s.Print(at.value)); found != "" {
				t.Errorf("%s in %s shows a marker by %s: %q", name, at.name, s.Name, found)
				return pairs // one is enough to go by
			}
		}
	}
	return pairs
}

// typeName returns the name of the type without pointers and type arguments.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// complete fails the test if the table does not have all exported types.
func (p Package) complete(t testing.TB) {
	t.Helper()
	types := exported(t, p.Dir)
	for _, name := range types {
		_, exempt := p.Exempt[name]
		switch {
		case len(p.Values[name]) == 0 && p.Exempt[name] == "":
			t.Errorf("%s: exported type %s has no marker case and no reason for having none", p.Dir, name)
		case len(p.Values[name]) > 0 && exempt:
			t.Errorf("%s: %s has both values and an exemption", p.Dir, name)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(p.Values)), slices.Collect(maps.Keys(p.Exempt))) {
		if !slices.Contains(types, name) {
			t.Errorf("%s: there is no exported type %s", p.Dir, name)
		}
	}
}

// exported returns the names of the exported types in a directory, without
// aliases: their types are in the table of the package that declares them.
func exported(t testing.TB, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && s.Name.IsExported() && !s.Assign.IsValid() {
				names = append(names, s.Name.Name)
			}
			_, isFunc := n.(*ast.FuncDecl)
			return !isFunc
		})
	}
	return names
}
