package scanerr

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

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
	in.WithStack([]ast.Node{(*ast.RangeStmt)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		if loop := n.(*ast.RangeStmt); push && c.isScan(loop.X) {
			c.failing = c.returnsError(stack)
			c.loop(loop)
		}
		return true
	})
	c.markers.Unused()
	return nil, nil
}

type check struct {
	pass    *analysis.Pass
	markers *ignore.Markers
	failing bool // the function around returns an error
}

// returnsError reports whether the last result of the innermost function is an error.
func (c *check) returnsError(stack []ast.Node) bool {
	for _, n := range slices.Backward(stack) {
		var typ *ast.FuncType
		switch n := n.(type) {
		case *ast.FuncDecl:
			typ = n.Type
		case *ast.FuncLit:
			typ = n.Type
		default:
			continue
		}
		if typ.Results == nil {
			return false
		}
		last := typ.Results.List[len(typ.Results.List)-1]
		return types.Identical(c.pass.TypesInfo.TypeOf(last.Type), types.Universe.Lookup("error").Type())
	}
	return false
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
	case named && c.onlySkipped(loop, id) && c.returnsNil(loop):
		c.report(loop, "this loop returns nil for the scan's error, so a scan that broke off looks complete: return %s", id.Name)
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
// does nothing but continue, break or return nil for an error.
func (c *check) onlySkipped(loop *ast.RangeStmt, id *ast.Ident) bool {
	obj := c.pass.TypesInfo.Defs[id]
	if obj == nil {
		return false // an assignment to a variable from outside may be looked at later
	}
	idle := map[*ast.Ident]bool{}
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if cmp, ok := ast.Unparen(n.Cond).(*ast.BinaryExpr); ok && c.idleBranch(n, cmp.Op) {
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
func (c *check) idleBranch(stmt *ast.IfStmt, op token.Token) bool {
	switch op {
	case token.NEQ:
		return c.skips(stmt.Body)
	case token.EQL:
		body, ok := stmt.Else.(*ast.BlockStmt)
		return stmt.Else == nil || ok && c.skips(body)
	}
	return false
}

// skips reports whether a body only breaks, continues, or returns that there was no error.
func (c *check) skips(body *ast.BlockStmt) bool {
	return !slices.ContainsFunc(body.List, func(stmt ast.Stmt) bool {
		_, branches := stmt.(*ast.BranchStmt)
		return !branches && !c.isNilReturn(stmt)
	})
}

func (c *check) isNilReturn(stmt ast.Stmt) bool {
	ret, ok := stmt.(*ast.ReturnStmt)
	if !ok || !c.failing || len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	return c.pass.TypesInfo.Types[last].IsNil()
}

// returnsNil reports whether one of the branches that skip in the loop returns.
func (c *check) returnsNil(loop *ast.RangeStmt) bool {
	return slices.ContainsFunc(loop.Body.List, func(stmt ast.Stmt) bool {
		branch, ok := stmt.(*ast.IfStmt)
		if !ok {
			return false
		}
		cmp, ok := ast.Unparen(branch.Cond).(*ast.BinaryExpr)
		return ok && c.idleBranch(branch, cmp.Op) && slices.ContainsFunc(branch.Body.List, c.isNilReturn)
	})
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}
