package flow

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A Callee is what one call runs.
type Callee struct {
	// Method is the declared function or method; nil for a function literal or an unknown function value.
	Method *types.Func
	// Body is the called function when this package has its body.
	Body *ssa.Function
	// Recv is the receiver; nil for functions.
	Recv ssa.Value
	// Args are the arguments without the receiver.
	Args []ssa.Value
	// Value is the function value of a call that is neither.
	Value ssa.Value
}

// Param returns the argument for parameter i, the receiver counted as number 0 where there is one.
func (c *Callee) Param(i int) ssa.Value {
	if c.Recv != nil {
		if i == 0 {
			return c.Recv
		}
		i--
	}
	if i < len(c.Args) {
		return c.Args[i]
	}
	return nil
}

// Callee resolves a call through method values, method expressions and variables that hold one function literal.
func (p *Program) Callee(call ssa.CallInstruction) Callee {
	common := call.Common()
	if common.IsInvoke() {
		return Callee{Method: common.Method, Recv: common.Value, Args: common.Args}
	}
	c := p.Func(common.Value)
	if c.Method != nil && c.Recv == nil && c.Method.Signature().Recv() != nil && len(common.Args) > 0 {
		c.Recv, c.Args = common.Args[0], common.Args[1:]
		return c
	}
	c.Args = common.Args
	return c
}

// Func resolves a function value; the Args of the answer are empty.
func (p *Program) Func(v ssa.Value) Callee {
	switch f := p.funcValue(v).(type) {
	case *ssa.Function:
		return p.function(f)
	case *ssa.MakeClosure:
		fn := f.Fn.(*ssa.Function)
		c := p.function(fn)
		if c.Method != nil && c.Method.Signature().Recv() != nil && len(f.Bindings) == 1 {
			c.Recv = f.Bindings[0] // a method value
		}
		return c
	}
	return Callee{Value: v}
}

func (p *Program) function(fn *ssa.Function) Callee {
	if o := fn.Origin(); o != nil {
		fn = o
	}
	c := Callee{Body: fn}
	c.Method, _ = fn.Object().(*types.Func)
	if c.Method != nil && fn.Synthetic != "" { // a bound method, a thunk or a function of another package
		c.Body = fn.Prog.FuncValue(c.Method)
	}
	if c.Body != nil && len(c.Body.Blocks) == 0 {
		c.Body = nil
	}
	return c
}

// funcValue follows a function value to where it was made.
func (p *Program) funcValue(v ssa.Value) ssa.Value {
	for range 10 {
		switch x := v.(type) {
		case *ssa.ChangeType:
			v = x.X
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.UnOp:
			cell := p.Cell(x.X)
			if x.Op != token.MUL || len(p.stores[cell]) != 1 {
				return v
			}
			v = p.stores[cell][0].Val
		case *ssa.FreeVar:
			b := p.binding(x)
			if b == nil {
				return v
			}
			v = b
		default:
			return v
		}
	}
	return v
}

// Runs returns the functions that a call runs now or hands to a function that may: its callee and each function among its
// arguments, unless the callee keeps them until the transaction is over.
func (p *Program) Runs(call ssa.CallInstruction) []Callee {
	c := p.Callee(call)
	if _, ok := call.Common().Value.(*ssa.Builtin); ok {
		return nil
	}
	out := []Callee{c}
	if c.Method != nil && p.Table.After(c.Method) {
		return out
	}
	for _, arg := range c.Args {
		if _, ok := arg.Type().Underlying().(*types.Signature); !ok {
			continue
		}
		if f := p.Func(arg); f.Body != nil || f.Recv != nil {
			out = append(out, f)
		}
	}
	return out
}

// Stores returns the instructions that write the variable behind addr, function literals included.
func (p *Program) Stores(addr ssa.Value) []*ssa.Store { return p.stores[p.Cell(addr)] }

// Outer reports whether a value of type t can be a handle outside a transaction: a type of the table, or an interface
// that an opener's receiver satisfies.
func (p *Program) Outer(t types.Type) bool {
	if p.Table.Declares(t) {
		return true
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok || iface.NumMethods() == 0 {
		return false
	}
	if known, ok := p.impl[t]; ok {
		return known
	}
	p.impl[t] = slices.ContainsFunc(p.outers, func(pkg *types.Package) bool {
		return slices.ContainsFunc(p.Table.Outers(pkg), func(o types.Type) bool { return types.Implements(o, iface) })
	})
	return p.impl[t]
}

// Expr returns the call expression that instr stands for, or nil.
func (p *Program) Expr(instr ssa.CallInstruction) *ast.CallExpr {
	if p.calls == nil {
		p.calls = map[token.Pos]*ast.CallExpr{}
		for _, file := range p.pass.Files {
			ast.Inspect(file, p.indexCall)
		}
	}
	return p.calls[instr.Pos()]
}

func (p *Program) indexCall(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		p.calls[n.Lparen] = n
	case *ast.GoStmt:
		p.calls[n.Go] = n.Call
	case *ast.DeferStmt:
		p.calls[n.Defer] = n.Call
	}
	return true
}

// Pos returns where a reader finds the call: the start of its expression, or what a loop ranges over.
func (p *Program) Pos(instr ssa.CallInstruction) token.Pos {
	if call := p.Expr(instr); call != nil {
		return call.Pos()
	}
	for _, arg := range instr.Common().Args {
		if mc, ok := arg.(*ssa.MakeClosure); ok {
			if loop, ok := mc.Fn.(*ssa.Function).Syntax().(*ast.RangeStmt); ok {
				return loop.X.Pos()
			}
		}
	}
	return instr.Pos()
}
