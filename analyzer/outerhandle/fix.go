package outerhandle

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// fix replaces the outer handle by the transaction's. It is offered only if the result compiles: the call is checked with the
// name at its place, and every variable and import that the call named is still used. Without a fix, it says why.
func (c *check) fix(tx *flow.Transaction, u *use, path flow.Path) (*analysis.SuggestedFix, string) {
	name := tx.HandleName()
	switch {
	case name == "":
		return nil, "the callback's handle has no name"
	case u.inGo:
		return nil, "a goroutine may outlive the transaction"
	case len(u.via) > 0 || !flow.Within(u.call.Parent(), tx.Callback):
		return nil, "it takes changes in more than one place"
	}
	call := c.p.Expr(u.call)
	if call == nil {
		return nil, "it takes changes in more than one place"
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, "the method is not named here"
	}
	if !c.visible(tx, name, call) {
		return nil, name + " means something else here"
	}
	base, inside := c.base(sel.X)
	steps := strings.FieldsFunc(strings.TrimPrefix(path.Steps, tx.Outer.Steps), func(r rune) bool { return r == '>' })
	if inside > len(steps) {
		return nil, "it takes changes in more than one place"
	}
	text := name
	for _, step := range steps[:len(steps)-inside] { // an accessor that was made outside
		text += "." + step + "()"
	}
	if !c.compiles(call, base, text) {
		return nil, name + " has no such call"
	}
	if !c.takeUses(base) {
		return nil, types.ExprString(base) + " would be unused"
	}
	return &analysis.SuggestedFix{
		Message:   "Use " + text,
		TextEdits: []analysis.TextEdit{{Pos: base.Pos(), End: base.End(), NewText: []byte(text)}},
	}, ""
}

// compiles reports whether call has the type that it has when text stands in the place of base.
func (c *check) compiles(call *ast.CallExpr, base ast.Expr, text string) bool {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return false
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	changed := replace(call, base, expr)
	if err := types.CheckExpr(c.pass.Fset, c.pass.Pkg, call.Pos(), changed, info); err != nil {
		return false
	}
	now, was := info.Types[changed], c.pass.TypesInfo.Types[call]
	return now.IsVoid() && was.IsVoid() || now.Type != nil && was.Type != nil && types.Identical(now.Type, was.Type)
}

// replace returns a copy of expr with another expression in the place of one that its chain of calls begins with.
func replace(expr, old, by ast.Expr) ast.Expr {
	if expr == old {
		return by
	}
	switch e := expr.(type) {
	case *ast.CallExpr:
		c := *e
		c.Fun = replace(e.Fun, old, by)
		return &c
	case *ast.SelectorExpr:
		c := *e
		c.X = replace(e.X, old, by)
		return &c
	case *ast.ParenExpr:
		c := *e
		c.X = replace(e.X, old, by)
		return &c
	}
	return expr
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

// takeUses notes that a fix removes base, and reports whether what base names is used elsewhere, with all fixes of the package
// applied: Go refuses local variables and imports that nothing uses.
func (c *check) takeUses(base ast.Expr) bool {
	c.countUses()
	names := map[types.Object]int{}
	ast.Inspect(base, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && mustBeUsed(c.pass.TypesInfo.Uses[id]) {
			names[c.pass.TypesInfo.Uses[id]]++
		}
		return true
	})
	for obj, n := range names {
		if c.counts[obj] <= n {
			return false
		}
	}
	for obj, n := range names {
		c.counts[obj] -= n
	}
	return true
}

// mustBeUsed reports whether Go refuses code that does not use obj.
func mustBeUsed(obj types.Object) bool {
	if v, ok := obj.(*types.Var); ok {
		return v.Kind() == types.LocalVar
	}
	_, ok := obj.(*types.PkgName)
	return ok
}

// countUses counts the uses of what must be used. To give a variable a value is none.
func (c *check) countUses() {
	if c.counts != nil {
		return
	}
	c.counts = map[types.Object]int{}
	for _, obj := range c.pass.TypesInfo.Uses {
		if mustBeUsed(obj) {
			c.counts[obj]++
		}
	}
	for _, file := range c.pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if set, ok := n.(*ast.AssignStmt); ok && set.Tok == token.ASSIGN {
				for _, left := range set.Lhs {
					if id, ok := ast.Unparen(left).(*ast.Ident); ok {
						c.counts[c.pass.TypesInfo.Uses[id]]--
					}
				}
			}
			return true
		})
	}
}

func (c *check) visible(tx *flow.Transaction, name string, call *ast.CallExpr) bool {
	scope := c.pass.Pkg.Scope().Innermost(call.Pos())
	if scope == nil {
		return false
	}
	_, obj := scope.LookupParent(name, call.Pos())
	return obj != nil && obj == tx.Handle.Object()
}
