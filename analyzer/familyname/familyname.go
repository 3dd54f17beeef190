package familyname

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/keyfam/keyfam/analyzer/ignore"
	"github.com/keyfam/keyfam/analyzer/internal/nearest"
	"github.com/keyfam/keyfam/analyzer/openers"
)

// own marks a comment that declares families which no schema has.
const own = "//famvet:family"

// head is the first line of the constant Schema of a generated package.
const head = "keyfam schema "

// New returns the check.
func New() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:      "familyname",
		Doc:       "name a family that the imported schemas declare",
		URL:       "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/familyname",
		Requires:  []*analysis.Analyzer{inspect.Analyzer},
		FactTypes: []analysis.Fact{new(Declares)},
		Run:       run,
	}
}

// Declares is the fact of a package that declares families: a generated one in its schema, any other by a comment.
type Declares struct{ Families, Own []string }

// AFact marks Declares as a fact about a package.
func (*Declares) AFact() {}

func (d *Declares) String() string {
	return "families " + strings.Join(slices.Concat(d.Families, d.Own), " ")
}

func run(pass *analysis.Pass) (any, error) {
	d := &Declares{Families: declared(pass.Pkg), Own: commented(pass)}
	if len(d.Families)+len(d.Own) > 0 {
		pass.ExportPackageFact(d)
	}
	schemas, known := imported(pass)
	if len(schemas) == 0 {
		return nil, nil
	}
	c := &check{pass: pass, markers: ignore.Of(pass), schemas: schemas, known: known}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.Preorder([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node) { c.call(n.(*ast.CallExpr)) })
	c.markers.Unused()
	return nil, nil
}

// commented reads the families that comments of the package declare.
func commented(pass *analysis.Pass) []string {
	var names []string
	for _, file := range pass.Files {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				rest, ok := strings.CutPrefix(comment.Text, own)
				if !ok || rest != "" && rest[0] != ' ' {
					continue
				}
				rest, _, _ = strings.Cut(rest, "//")
				if strings.TrimSpace(rest) == "" {
					pass.Reportf(comment.Pos(), "this marker names no family: write %s and the families of your own", own)
				}
				names = append(names, strings.Fields(rest)...)
			}
		}
	}
	return names
}

// declared reads the families in a generated package's constant Schema, from its lines "family session bytes …".
func declared(pkg *types.Package) []string {
	schema, ok := pkg.Scope().Lookup("Schema").(*types.Const)
	if !ok || schema.Val().Kind() != constant.String || !strings.HasPrefix(constant.StringVal(schema.Val()), head) {
		return nil
	}
	var names []string
	for line := range strings.Lines(constant.StringVal(schema.Val())) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "family" {
			names = append(names, words[1])
		}
	}
	return names
}

// imported returns the families in the schemas of this package and all it imports, directly or not, and those with the ones
// that comments declare; both sorted.
func imported(pass *analysis.Pass) (schemas, known []string) {
	for _, f := range pass.AllPackageFacts() {
		if d, ok := f.Fact.(*Declares); ok {
			schemas = append(schemas, d.Families...)
			known = append(known, d.Own...)
		}
	}
	known = append(known, schemas...)
	slices.Sort(schemas)
	slices.Sort(known)
	return slices.Compact(schemas), slices.Compact(known)
}

type check struct {
	pass    *analysis.Pass
	markers *ignore.Markers
	schemas []string
	known   []string
}

// call looks at each argument for a parameter named family of package store.
func (c *check) call(call *ast.CallExpr) {
	fn, ok := typeutil.Callee(c.pass.TypesInfo, call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != openers.Store || fn.Pkg() == c.pass.Pkg {
		return
	}
	params := fn.Signature().Params()
	for i, arg := range call.Args {
		if i < params.Len() && params.At(i).Name() == "family" {
			c.argument(arg)
		}
	}
}

func (c *check) argument(arg ast.Expr) {
	v := c.pass.TypesInfo.Types[arg].Value
	if v == nil || v.Kind() != constant.String || slices.Contains(c.known, constant.StringVal(v)) {
		return
	}
	d := analysis.Diagnostic{Pos: arg.Pos(), End: arg.End()}
	name := constant.StringVal(v)
	if strings.HasPrefix(name, "_") {
		return // the store's own: no schema has it, and only keyfam's packages reach it
	}
	near := nearest.Of(name, c.known)
	if near == "" {
		d.Message = fmt.Sprintf("no imported schema declares the family %q: write one of %s, or declare it with %s %s",
			name, strings.Join(c.schemas, ", "), own, name)
		c.markers.Report(d)
		return
	}
	d.Message = fmt.Sprintf("no imported schema declares the family %q: did you mean %q?", name, near)
	if _, ok := ast.Unparen(arg).(*ast.BasicLit); ok {
		d.SuggestedFixes = []analysis.SuggestedFix{{
			Message:   "Write " + strconv.Quote(near),
			TextEdits: []analysis.TextEdit{{Pos: arg.Pos(), End: arg.End(), NewText: []byte(strconv.Quote(near))}},
		}}
	}
	c.markers.Report(d)
}
