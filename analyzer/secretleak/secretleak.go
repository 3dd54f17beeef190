package secretleak

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/ignore"
)

// New returns the check, on the SSA form that txflow builds.
func New(txflow *analysis.Analyzer) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:      "secretleak",
		Doc:       "do not print what Reveal returns",
		URL:       "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/secretleak",
		Requires:  []*analysis.Analyzer{txflow, printf.Analyzer},
		FactTypes: []analysis.Fact{new(Passes)},
		Run: func(pass *analysis.Pass) (any, error) {
			if p := pass.ResultOf[txflow].(*flow.Program); p != nil {
				p.Lock()
				defer p.Unlock()
				c := &check{
					pass: pass, p: p, markers: ignore.Of(pass), printers: pass.ResultOf[printf.Analyzer].(*printf.Result),
					values: map[ssa.Value]mark{}, memory: map[ssa.Value]map[string]mark{},
					known: map[*ssa.Function]*Passes{}, leaks: map[token.Pos]leak{},
				}
				c.spread()
				c.report()
				c.export()
				c.markers.Unused()
			}
			return nil, nil
		},
	}
}

// A mark says where bytes come from: bit 0 for a secret, bit i+1 for parameter i of the declared function around.
type mark uint64

const secret mark = 1

func fromParam(i int) mark {
	if i > 61 {
		return 0
	}
	return 1 << (i + 1)
}

// Passes is the fact of a function that prints or returns what it is given.
type Passes struct {
	// Prints has the bits of the parameters that it prints, To is what prints them.
	Prints mark
	To     string
	// Returns has bit 0 if it returns a secret, and the bits of the parameters that it returns.
	Returns mark
}

// AFact marks Passes as a fact about a function.
func (*Passes) AFact() {}

func (p *Passes) String() string { return fmt.Sprintf("prints %b returns %b", p.Prints, p.Returns) }

// A leak is a call that prints secret bytes.
type leak struct {
	to   string
	call ssa.CallInstruction
}

type check struct {
	pass     *analysis.Pass
	p        *flow.Program
	markers  *ignore.Markers
	printers *printf.Result
	values   map[ssa.Value]mark
	memory   map[ssa.Value]map[string]mark // by root and steps of a place
	known    map[*ssa.Function]*Passes
	leaks    map[token.Pos]leak
	order    []token.Pos
	grew     bool
}

// spread marks values until nothing changes.
func (c *check) spread() {
	for _, fn := range c.p.Funcs {
		c.known[fn] = new(Passes)
		if fn.Parent() == nil {
			for i, param := range fn.Params {
				c.values[param] = fromParam(i)
			}
		}
	}
	for c.grew = true; c.grew; {
		c.grew = false
		for _, fn := range c.p.Funcs {
			for instr := range flow.Instrs(fn) {
				c.visit(fn, instr)
			}
		}
	}
}

func (c *check) report() {
	for _, pos := range c.order {
		l := c.leaks[pos]
		d := analysis.Diagnostic{Pos: pos, Message: fmt.Sprintf(
			"secret bytes from Reveal are given to %s, which prints them: give it the secret itself, which prints redacted, or its length", l.to)}
		d.SuggestedFixes = c.fix(l.call)
		c.markers.Report(d)
	}
}

// fix gives the printer the secret itself where the call of Reveal stands among its arguments.
func (c *check) fix(call ssa.CallInstruction) []analysis.SuggestedFix {
	if call == nil {
		return nil
	}
	expr := c.p.Expr(call)
	if expr == nil || !c.anyParam(expr) {
		return nil
	}
	var edits []analysis.TextEdit
	fixed := c.pass.TypesInfo.TypeOf(expr.Fun).(*types.Signature).Params().Len() - 1 // what these take is not anything
	for i, arg := range expr.Args {
		reveal, ok := ast.Unparen(arg).(*ast.CallExpr)
		if !ok || i < fixed || len(reveal.Args) > 0 { // with an argument it is family.Secret.Reveal(s)
			continue
		}
		fn, _ := typeutil.Callee(c.pass.TypesInfo, reveal).(*types.Func)
		if sel, ok := ast.Unparen(reveal.Fun).(*ast.SelectorExpr); ok && c.reveals(fn) {
			edits = append(edits, analysis.TextEdit{Pos: sel.X.End(), End: reveal.End()})
		}
	}
	if edits == nil {
		return nil
	}
	return []analysis.SuggestedFix{{Message: "Print it redacted", TextEdits: edits}}
}

// anyParam reports whether the last parameters of the called function take anything.
func (c *check) anyParam(call *ast.CallExpr) bool {
	sig, ok := c.pass.TypesInfo.TypeOf(call.Fun).(*types.Signature)
	if !ok || !sig.Variadic() {
		return false
	}
	last := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice)
	iface, ok := last.Elem().Underlying().(*types.Interface)
	return ok && iface.NumMethods() == 0
}

// reveals reports whether fn is the Reveal of a secret type.
func (c *check) reveals(fn *types.Func) bool {
	return fn != nil && fn.Name() == "Reveal" && fn.Signature().Recv() != nil && fn.Signature().Params().Len() == 0 &&
		(c.p.Table.Knows(fn.Pkg()) || types.IsInterface(fn.Signature().Recv().Type()))
}

func (c *check) export() {
	for _, fn := range c.p.Funcs {
		obj, ok := fn.Object().(*types.Func)
		if k := c.known[fn]; ok && obj.Exported() && *k != (Passes{}) && !c.reveals(obj) {
			c.pass.ExportObjectFact(obj, k)
		}
	}
}
