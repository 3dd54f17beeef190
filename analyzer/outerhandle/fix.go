package outerhandle

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// fix replaces the outer handle by the transaction's, where the same call exists there with the same parameters and the
// name means the handle at that place. Helpers and goroutines have no fix: what to write is not in one place.
func (c *check) fix(tx *flow.Transaction, u *use, path flow.Path) *analysis.SuggestedFix {
	name := tx.HandleName()
	if name == "" || u.inGo || len(u.via) > 0 || !flow.Within(u.call.Parent(), tx.Callback) {
		return nil
	}
	call := c.p.Expr(u.call)
	if call == nil || !c.visible(tx, name, call) {
		return nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	base, inside := c.base(sel.X)
	if c.lastUse(base, tx) {
		return nil
	}
	steps := strings.FieldsFunc(strings.TrimPrefix(path.Steps, tx.Outer.Steps), func(r rune) bool { return r == '>' })
	if inside > len(steps) || !c.sameCall(tx.Handle.Type(), steps, sel) {
		return nil
	}
	text := name
	for _, step := range steps[:len(steps)-inside] { // an accessor that was made outside
		text += "." + step + "()"
	}
	return &analysis.SuggestedFix{
		Message:   "Use " + text,
		TextEdits: []analysis.TextEdit{{Pos: base.Pos(), End: base.End(), NewText: []byte(text)}},
	}
}

// base strips the derived handles that expr makes and counts them: repo of repo.Sessions().
func (c *check) base(expr ast.Expr) (ast.Expr, int) {
	n := 0
	for {
		call, ok := ast.Unparen(expr).(*ast.CallExpr)
		if !ok {
			return expr, n
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return expr, n
		}
		fn, ok := c.pass.TypesInfo.Uses[sel.Sel].(*types.Func)
		if !ok || !c.p.Table.Derives(fn) {
			return expr, n
		}
		expr, n = sel.X, n+1
	}
}

// lastUse reports whether base is a local variable that would be unused, and so not compile, with the fixes of this callback.
func (c *check) lastUse(base ast.Expr, tx *flow.Transaction) bool {
	id, ok := ast.Unparen(base).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := c.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || v.Parent() == c.pass.Pkg.Scope() || v.Kind() != types.LocalVar {
		return false
	}
	body := tx.Callback.Syntax()
	for use, obj := range c.pass.TypesInfo.Uses {
		if obj == v && (use.Pos() < body.Pos() || use.Pos() >= body.End()) {
			return false
		}
	}
	return true
}

func (c *check) visible(tx *flow.Transaction, name string, call *ast.CallExpr) bool {
	scope := c.pass.Pkg.Scope().Innermost(call.Pos())
	if scope == nil {
		return false
	}
	_, obj := scope.LookupParent(name, call.Pos())
	return obj != nil && obj == tx.Handle.Object()
}

// sameCall reports whether the handle has the steps without parameters, and then the method with the same parameters.
func (c *check) sameCall(handle types.Type, steps []string, sel *ast.SelectorExpr) bool {
	t := handle
	for _, step := range steps {
		fn := c.method(t, step)
		if fn == nil || fn.Signature().Params().Len() != 0 || fn.Signature().Results().Len() != 1 {
			return false
		}
		t = fn.Signature().Results().At(0).Type()
	}
	got := c.method(t, sel.Sel.Name)
	was, ok := c.pass.TypesInfo.Uses[sel.Sel].(*types.Func)
	return ok && got != nil && types.Identical(got.Signature().Params(), was.Signature().Params()) &&
		types.Identical(got.Signature().Results(), was.Signature().Results())
}

func (c *check) method(t types.Type, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(t, true, c.pass.Pkg, name)
	fn, _ := obj.(*types.Func)
	return fn
}
