package scanerr

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/keyfam/keyfam/analyzer/ignore"
)

// New returns the check.
func New() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:     "scanerr",
		Doc:      "look at the error of every scan",
		URL:      "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/scanerr",
		Requires: []*analysis.Analyzer{inspect.Analyzer},
		Run:      run,
	}
}

func run(pass *analysis.Pass) (any, error) {
	c := &check{pass: pass, markers: ignore.Of(pass)}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.Preorder([]ast.Node{(*ast.RangeStmt)(nil)}, func(n ast.Node) {
		if loop := n.(*ast.RangeStmt); c.isScan(loop.X) {
			c.loop(loop)
		}
	})
	c.markers.Unused()
	return nil, nil
}

type check struct {
	pass    *analysis.Pass
	markers *ignore.Markers
}

// isScan reports whether e has a type like iter.Seq2[V, error].
func (c *check) isScan(e ast.Expr) bool {
	t := c.pass.TypesInfo.TypeOf(e)
	if t == nil {
		return false
	}
	seq, ok := t.Underlying().(*types.Signature)
	if !ok || seq.Params().Len() != 1 {
		return false
	}
	yield, ok := seq.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Params().Len() == 2 &&
		types.Identical(yield.Params().At(1).Type(), types.Universe.Lookup("error").Type())
}

func (c *check) loop(loop *ast.RangeStmt) {
	const msg = "this loop drops the scan's error, so a scan that broke off looks complete: write for %s, err := range … and return err"
	id, named := loop.Value.(*ast.Ident)
	switch {
	case loop.Value == nil || named && id.Name == "_":
		c.report(loop, msg, c.keyName(loop))
	case named && c.onlySkipped(loop, id):
		c.report(loop, "this loop only skips or stops on the scan's error, so a scan that broke off looks complete: return %s, or keep it and look at it after the loop", id.Name)
	}
}

func (c *check) keyName(loop *ast.RangeStmt) string {
	if id, ok := loop.Key.(*ast.Ident); ok {
		return id.Name
	}
	return "_"
}

// report has no fix: where the error goes is the caller's to say, and a loop that names it and does not use it does not compile.
func (c *check) report(loop *ast.RangeStmt, format, name string) {
	c.markers.Report(analysis.Diagnostic{Pos: loop.For, End: loop.X.End(), Message: fmt.Sprintf(format, name)})
}

// onlySkipped reports whether every use of the error, if there is one, is a comparison with nil whose branch for an error
// does nothing but continue or break.
func (c *check) onlySkipped(loop *ast.RangeStmt, id *ast.Ident) bool {
	obj := c.pass.TypesInfo.Defs[id]
	if obj == nil {
		return false // an assignment to a variable from outside may be looked at later
	}
	idle := map[*ast.Ident]bool{}
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if cmp, ok := ast.Unparen(n.Cond).(*ast.BinaryExpr); ok && idleBranch(n, cmp.Op) {
				for _, side := range []ast.Expr{cmp.X, cmp.Y} {
					if use, ok := side.(*ast.Ident); ok {
						idle[use] = true
					}
				}
			}
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && len(n.Rhs) == 1 && isBlank(n.Lhs[0]) {
				if use, ok := n.Rhs[0].(*ast.Ident); ok {
					idle[use] = true
				}
			}
		}
		return true
	})
	for use, o := range c.pass.TypesInfo.Uses {
		if o == obj && !idle[use] {
			return false
		}
	}
	return true
}

// idleBranch reports whether what runs on an error only skips: the body of if err != nil, or the else of if err == nil.
func idleBranch(stmt *ast.IfStmt, op token.Token) bool {
	switch op {
	case token.NEQ:
		return skips(stmt.Body)
	case token.EQL:
		body, ok := stmt.Else.(*ast.BlockStmt)
		return stmt.Else == nil || ok && skips(body)
	}
	return false
}

func skips(body *ast.BlockStmt) bool {
	for _, stmt := range body.List {
		if _, ok := stmt.(*ast.BranchStmt); !ok {
			return false
		}
	}
	return true
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}
