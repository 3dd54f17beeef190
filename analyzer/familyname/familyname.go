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
	"github.com/keyfam/keyfam/analyzer/openers"
)

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

// Declares is the fact of a generated package: the families of its schema.
type Declares struct{ Families []string }

// AFact marks Declares as a fact about a package.
func (*Declares) AFact() {}

func (d *Declares) String() string { return "families " + strings.Join(d.Families, " ") }

func run(pass *analysis.Pass) (any, error) {
	if names := declared(pass.Pkg); len(names) > 0 {
		pass.ExportPackageFact(&Declares{Families: names})
	}
	known := imported(pass)
	if len(known) == 0 {
		return nil, nil
	}
	c := &check{pass: pass, markers: ignore.Of(pass), known: known}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.Preorder([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node) { c.call(n.(*ast.CallExpr)) })
	return nil, nil
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

// imported returns the families of this package and all it imports, directly or not, sorted.
func imported(pass *analysis.Pass) []string {
	var names []string
	for _, f := range pass.AllPackageFacts() {
		if d, ok := f.Fact.(*Declares); ok {
			names = append(names, d.Families...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

type check struct {
	pass    *analysis.Pass
	markers *ignore.Markers
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
	near := nearest(name, c.known)
	if near == "" {
		d.Message = fmt.Sprintf("no imported schema declares the family %q: write one of %s", name, strings.Join(c.known, ", "))
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

// nearest returns the known name with the fewest letters to change, if they are less than a third of it.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of letters to add, leave out or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
