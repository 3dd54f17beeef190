package txescape

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// Ways out of a callback.
const (
	stored    = "stored"
	sent      = "sent"
	returned  = "returned"
	goroutine = "goroutine"
)

// An escape is one place where a handle leaves its callback.
type escape struct {
	way      string
	into     string // what it is stored in
	intoWhat int    // the parameter that into is reached from, -1 for none
	helper   string // the function that does it
	itself   bool   // the handle, not something made from it
	pos      token.Pos
}

// A tracker follows one handle through the function it is a parameter of and the function literals inside.
type tracker struct {
	*check
	scope  *ssa.Function
	handle *ssa.Parameter
	held   map[ssa.Value]bool // values that are or hold the handle
	grew   bool
	found  map[token.Pos]escape
	order  []token.Pos
}

// track returns the places where handle, a parameter, outlives a call of its function.
func (c *check) track(handle *ssa.Parameter) []escape {
	t := &tracker{
		check: c, scope: handle.Parent(), handle: handle,
		held: map[ssa.Value]bool{handle: true}, found: map[token.Pos]escape{},
	}
	for t.grew = true; t.grew; {
		t.grew = false
		for _, fn := range c.p.Funcs {
			if flow.Within(fn, t.scope) {
				for instr := range flow.Instrs(fn) {
					t.visit(fn, instr)
				}
			}
		}
	}
	out := make([]escape, 0, len(t.order))
	for _, pos := range t.order {
		out = append(out, t.found[pos])
	}
	return out
}

func (t *tracker) holds(v ssa.Value) bool { return t.held[v] || t.held[t.p.Cell(v)] }

func (t *tracker) hold(v ssa.Value) {
	if !t.held[v] {
		t.held[v], t.grew = true, true
	}
}

func (t *tracker) out(e escape, v ssa.Value) {
	if _, ok := t.found[e.pos]; ok {
		return
	}
	e.itself = t.p.Path(v) == flow.Path{Root: t.handle}
	t.found[e.pos] = e
	t.order = append(t.order, e.pos)
}

func (t *tracker) visit(fn *ssa.Function, instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Store:
		if t.holds(instr.Val) {
			t.put(instr.Addr, instr.Val, instr.Pos())
		}
	case *ssa.MapUpdate:
		for _, v := range []ssa.Value{instr.Key, instr.Value} {
			if t.holds(v) {
				t.put(instr.Map, v, instr.Pos())
			}
		}
	case *ssa.Send:
		if t.holds(instr.X) {
			t.send(instr.Chan, instr.X, instr.Pos())
		}
	case *ssa.Select:
		for _, s := range instr.States {
			if s.Send != nil && t.holds(s.Send) {
				t.send(s.Chan, s.Send, s.Pos)
			}
		}
	case *ssa.Return:
		for _, v := range instr.Results {
			if fn == t.scope && t.holds(v) {
				t.out(escape{way: returned, pos: instr.Pos(), intoWhat: -1}, v)
			}
		}
	case ssa.CallInstruction:
		t.call(fn, instr)
	case ssa.Value:
		t.value(instr)
	}
}

// value passes what an operand holds on to the result.
func (t *tracker) value(v ssa.Value) {
	if t.held[v] || !t.carries(v.Type(), 0) || t.isField(v) {
		return
	}
	switch v.(type) {
	case *ssa.UnOp, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.MakeInterface, *ssa.TypeAssert, *ssa.Extract, *ssa.Phi,
		*ssa.Slice, *ssa.Field, *ssa.FieldAddr, *ssa.Index, *ssa.IndexAddr, *ssa.Lookup, *ssa.MakeClosure:
	default:
		return
	}
	for _, op := range v.(ssa.Instruction).Operands(nil) {
		if *op != nil && t.holds(*op) {
			t.hold(v)
		}
	}
}

// isField reports whether v is a field of the handle itself, which is data: only what its methods derive dies with it.
func (t *tracker) isField(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		return t.p.Table.Declares(v.X.Type()) && !t.p.Embedded(v.X.Type(), v.Field)
	case *ssa.Field:
		return t.p.Table.Declares(v.X.Type()) && !t.p.Embedded(v.X.Type(), v.Field)
	}
	return false
}

// carries reports whether a value of type typ can hold the handle or something made from it.
func (t *tracker) carries(typ types.Type, depth int) bool {
	if types.Identical(typ, t.handle.Type()) || t.p.Table.Declares(typ) {
		return true
	}
	if depth > 4 {
		return false
	}
	switch u := typ.Underlying().(type) {
	case *types.Interface:
		return !types.Identical(typ, types.Universe.Lookup("error").Type())
	case *types.Signature:
		return true
	case *types.Pointer:
		return t.carries(u.Elem(), depth+1)
	case *types.Slice:
		return t.carries(u.Elem(), depth+1)
	case *types.Array:
		return t.carries(u.Elem(), depth+1)
	case *types.Chan:
		return t.carries(u.Elem(), depth+1)
	case *types.Map:
		return t.carries(u.Key(), depth+1) || t.carries(u.Elem(), depth+1)
	case *types.Tuple:
		return slices.ContainsFunc(slices.Collect(u.Variables()), func(v *types.Var) bool { return t.carries(v.Type(), depth+1) })
	case *types.Struct:
		return slices.ContainsFunc(slices.Collect(u.Fields()), func(v *types.Var) bool { return t.carries(v.Type(), depth+1) })
	}
	return false
}

// put stores v under addr: it escapes when addr is reached from outside the callback.
func (t *tracker) put(addr, v ssa.Value, pos token.Pos) {
	if !t.carries(v.Type(), 0) {
		return
	}
	root := t.p.Root(addr)
	if cell, ok := root.(*ssa.Alloc); ok && !flow.Within(cell.Parent(), t.scope) && !t.p.ReadAfter(cell, t.scope) {
		t.hold(root)
		return
	}
	if where, param := t.p.Outside(root, t.scope, t.handle); where != "" {
		t.out(escape{way: stored, into: t.p.Describe(addr, where), intoWhat: param, pos: pos}, v)
		return
	}
	t.hold(root)
}

func (t *tracker) send(ch, v ssa.Value, pos token.Pos) {
	root := t.p.Root(ch)
	if where, param := t.p.Outside(root, t.scope, t.handle); where != "" {
		t.out(escape{way: sent, into: where, intoWhat: param, pos: pos}, v)
		return
	}
	t.hold(root)
}
