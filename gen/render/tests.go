package render

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/internal/provenance"
)

// testPackage emits the package for users' tests:
//
//	// Open returns an empty repository in memory, closed when the test ends, and the
//	// faults that make it fail.
//	func Open(t testing.TB, o *store.Options) (*signalkeys.Repo, *familytest.Faults) {
//		s, faults := familytest.Open(t, o)
//		return signalkeys.New(s), faults
//	}
func (r *renderer) testPackage() {
	name := r.schema.Package + "test"
	f := jen.NewFilePathName(r.options.ImportPath+"/"+name, name)
	r.add(name+"/"+name+".go", f, func(f *jen.File) {
		if slices.Contains([]string{"t", "o", "s", "faults"}, r.schema.Package) { // what Open declares
			f.ImportAlias(r.options.ImportPath, r.schema.Package+"pkg")
		}
		packageDoc(f, "Package "+name+" opens repositories in memory for tests and makes them conflict and fail.")
		f.Add(doc("Open returns an empty repository in memory, closed when the test ends, and the faults that make it conflict and fail. Options may be nil.").
			Func().Id("Open").Params(jen.Id("t").Qual("testing", "TB"), jen.Id("o").Op("*").Qual(storePath, "Options")).
			Params(jen.Op("*").Qual(r.options.ImportPath, "Repo"), jen.Op("*").Qual(familytestPath, "Faults")).Block(
			jen.Id("t").Dot("Helper").Call(),
			jen.List(jen.Id("s"), jen.Id("faults")).Op(":=").Qual(familytestPath, "Open").Call(jen.Id("t"), jen.Id("o")),
			jen.Return(jen.Qual(r.options.ImportPath, "New").Call(jen.Id("s")), jen.Id("faults"))))
	})
}

// checkTest emits the test that fails when the spec and the code differ:
//
//	func TestGenerated(t *testing.T) {
//		familytest.CheckGenerated(t, "../../families.yaml", strings.Join(generatedFrom, "\n"), "generated_test.go", generatedFiles)
//	}
//
// The lines of the spec are quoted: the go command, cgo and the compiler obey
// some lines in a raw string as they obey comments.
func (r *renderer) checkTest() {
	sums := jen.Dict{}
	for _, file := range r.files {
		sums[jen.Lit(file.Path)] = jen.Lit(provenance.Sum(file.Bytes))
	}
	f := jen.NewFilePathName(r.options.ImportPath+"_test", r.schema.Package+"_test")
	r.add(TestFile, f, func(f *jen.File) {
		f.Add(doc("TestGenerated fails if this package is not what the spec says.").
			Func().Id("TestGenerated").Params(jen.Id("t").Op("*").Qual("testing", "T")).Block(
			jen.Qual(familytestPath, "CheckGenerated").Call(
				jen.Id("t"), jen.Lit(r.options.SpecFile),
				jen.Qual("strings", "Join").Call(jen.Id("generatedFrom"), jen.Lit("\n")), jen.Lit(TestFile), jen.Id("generatedFiles"))))
		f.Line()
		f.Add(doc("generatedFiles has the SHA-256 of every other file.").
			Var().Id("generatedFiles").Op("=").Map(jen.String()).String().Values(sums))
		f.Line()
		f.Add(doc("generatedFrom has the lines of the spec.").
			Var().Id("generatedFrom").Op("=").Index().String().Add(quotedLines(string(provenance.Normal(r.options.Spec)))))
		f.Line()
	})
}

// quotedLines is the elements of a list, the lines of a text:
//
//	{
//		"version: 1",
//		"",
//	}
func quotedLines(text string) *jen.Statement {
	lines := strings.Split(text, "\n")
	elements := make([]jen.Code, len(lines))
	for i, line := range lines {
		elements[i] = jen.Lit(line)
	}
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elements...)
}
