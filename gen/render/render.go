// Package render turns a checked [spec.Schema] into the files of a Go package.
// It is pure: the same schema and options give the same bytes.
//
// Each function emits one shape of Go; its comment shows an example of it.
package render

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/provenance"
)

// The packages that generated code uses.
const (
	storePath      = "github.com/keyfam/keyfam/store"
	familyPath     = "github.com/keyfam/keyfam/store/family"
	codecPath      = "github.com/keyfam/keyfam/store/family/codec"
	familytestPath = "github.com/keyfam/keyfam/store/family/familytest"
)

// Header is the first line of every generated file.
const Header = provenance.Header + "families.yaml. DO NOT EDIT."

// TestFile is the file that compares all others, and the spec, with what was
// generated.
const TestFile = "generated_test.go"

// Options are what a schema does not say.
type Options struct {
	ImportPath string // of the generated package
	SpecFile   string // the path from the package's directory to the spec, with slashes
	Spec       []byte // the bytes of its file
}

// File is one generated file.
type File struct {
	Path  string // below the package's directory, with slashes
	Bytes []byte
}

// Render returns the files of the package, ascending by path.
func Render(s *spec.Schema, o Options) ([]File, error) {
	r := &renderer{schema: s, options: o, vars: map[*spec.Family]string{}}
	r.nameVars()
	r.alias()
	r.file("repo.go", r.repo)
	r.file("families.go", r.families)
	r.file("batch.go", r.batch)
	r.file("schema.go", r.schemaFile)
	if len(s.Messages) > 0 {
		r.file("messages.go", r.messages)
	}
	if sizes := secretSizes(s); len(sizes) > 0 {
		r.file("secrets.go", func(f *jen.File) { r.secrets(f, sizes) })
	}
	for _, fam := range s.Families {
		r.file(strings.ReplaceAll(fam.Name, "-", "_")+"_family.go", func(f *jen.File) { r.family(f, fam) })
	}
	r.testPackage()
	r.checkTest()
	slices.SortFunc(r.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return r.files, r.err
}

// renderer collects the files.
type renderer struct {
	schema  *spec.Schema
	options Options
	vars    map[*spec.Family]string // the variable that defines each family
	aliased []string                // packages of the user's that need another name in our files
	files   []File
	err     error
}

// file renders one file of the package.
func (r *renderer) file(name string, fill func(*jen.File)) {
	f := jen.NewFilePathName(r.options.ImportPath, r.schema.Package)
	r.add(name, f, fill)
}

func (r *renderer) add(name string, f *jen.File, fill func(*jen.File)) {
	f.HeaderComment(Header)
	f.ImportNames(map[string]string{
		storePath: "store", familyPath: "family", codecPath: "codec", familytestPath: "familytest",
		r.options.ImportPath: r.schema.Package,
	})
	for _, path := range r.aliased {
		f.ImportAlias(path, "user")
	}
	fill(f)
	var b bytes.Buffer
	if err := f.Render(&b); err != nil && r.err == nil {
		r.err = fmt.Errorf("render %s: %w", name, err)
	}
	tidy, err := format.Source(b.Bytes()) // jennifer's pass joins the lines of a comment, only the next one sees its paragraphs
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("format %s: %w", name, err)
	}
	r.files = append(r.files, File{name, groupImports(tidy)})
}

// nameVars names the variable of each family: sessionRecords. Names that
// differ only in the case of their first letters get numbers.
func (r *renderer) nameVars() {
	seen := map[string]int{}
	for _, f := range r.schema.Families {
		name := unexported(f.GoName) + "Records"
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprint(seen[name])
		}
		r.vars[f] = name
	}
}

// alias finds the user's packages whose names our files cannot use: init must
// be a function, and families is a type of the generated package.
func (r *renderer) alias() {
	var paths []string
	for _, t := range r.schema.Types() {
		if t.Kind == spec.Go {
			paths = append(paths, t.Go.Import)
		}
	}
	slices.Sort(paths)
	for _, p := range slices.Compact(paths) {
		name := strings.ToLower(strings.Map(letter, path.Base(p)))
		if strings.HasSuffix(name, "init") || strings.HasSuffix(name, "families") {
			r.aliased = append(r.aliased, p)
		}
	}
}

// letter drops what no name of a package has.
func letter(c rune) rune {
	if unicode.IsLetter(c) || unicode.IsDigit(c) {
		return c
	}
	return -1
}
