package rerun

import (
	"go/constant"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// fromItself reports whether v is computed from what stands at p: n+1, append(list, x), list[1:].
func (b *body) fromItself(v ssa.Value, p flow.Place, depth int) bool {
	if depth > 6 {
		return false
	}
	again := func(w ssa.Value) bool { return b.isLoad(w, p) || b.fromItself(w, p, depth+1) }
	switch v := v.(type) {
	case *ssa.BinOp:
		return again(v.X) || again(v.Y)
	case *ssa.Slice:
		return !empties(v) && again(v.X)
	case *ssa.Convert:
		return again(v.X)
	case *ssa.Phi:
		if depth > 3 {
			return false
		}
		for _, e := range v.Edges {
			if b.fromItself(e, p, depth+1) {
				return true
			}
		}
	case *ssa.Call:
		if fn, ok := v.Call.Value.(*ssa.Builtin); ok && fn.Name() == "append" {
			return again(v.Call.Args[0])
		}
	}
	return false
}

func (b *body) isLoad(v ssa.Value, p flow.Place) bool {
	load, ok := v.(*ssa.UnOp)
	return ok && load.Op == token.MUL && b.p.PlaceOf(load.X) == p
}

// empties reports whether a slice expression is x[:0].
func empties(v *ssa.Slice) bool {
	k, ok := v.High.(*ssa.Const)
	return ok && k.Value != nil && constant.Sign(k.Value) == 0
}

// fromLookup reports whether v is computed from an entry of the map.
func (b *body) fromLookup(v, m ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.BinOp:
		return b.fromLookup(v.X, m) || b.fromLookup(v.Y, m)
	case *ssa.Lookup:
		return b.p.PlaceOf(v.X) == b.p.PlaceOf(m)
	case *ssa.Call:
		if fn, ok := v.Call.Value.(*ssa.Builtin); ok && fn.Name() == "append" {
			return b.fromLookup(v.Call.Args[0], m)
		}
	}
	return false
}

// fixed reports whether v is the same in every run: a constant, or made of variables from outside that the callback does not
// set. An entry put under such a key is put there again by the next run.
func (b *body) fixed(v ssa.Value, depth int) bool {
	if depth > 6 {
		return false
	}
	switch v := v.(type) {
	case *ssa.Const:
		return true
	case *ssa.Parameter:
		return !flow.Within(v.Parent(), b.tx.Callback)
	case *ssa.Convert:
		return b.fixed(v.X, depth+1)
	case *ssa.ChangeType:
		return b.fixed(v.X, depth+1)
	case *ssa.MakeInterface:
		return b.fixed(v.X, depth+1)
	case *ssa.BinOp:
		return b.fixed(v.X, depth+1) && b.fixed(v.Y, depth+1)
	case *ssa.Field:
		return b.fixed(v.X, depth+1)
	case *ssa.UnOp:
		return v.Op == token.MUL && b.setOutside(v.X)
	}
	return false
}

// setOutside reports whether addr is a variable from outside, or a field of one, that the callback does not set.
func (b *body) setOutside(addr ssa.Value) bool {
	if field, ok := addr.(*ssa.FieldAddr); ok {
		return b.setOutside(field.X)
	}
	if load, ok := addr.(*ssa.UnOp); ok && load.Op == token.MUL {
		return b.setOutside(load.X)
	}
	cell := b.p.Cell(addr)
	if alloc, ok := cell.(*ssa.Alloc); !ok || flow.Within(alloc.Parent(), b.tx.Callback) {
		return false
	}
	for _, st := range b.p.Stores(cell) {
		if flow.Within(st.Parent(), b.tx.Callback) {
			return false
		}
	}
	return true
}

// A reset gives a place a value that does not depend on what stood there.
type reset struct {
	place flow.Place
	instr ssa.Instruction
}

func (b *body) findReset(instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Store:
		if p := b.p.PlaceOf(instr.Addr); !b.fromItself(instr.Val, p, 0) {
			b.resets = append(b.resets, reset{p, instr})
		}
	case *ssa.Call:
		if fn, ok := instr.Call.Value.(*ssa.Builtin); ok && fn.Name() == "clear" {
			b.resets = append(b.resets, reset{b.p.PlaceOf(instr.Call.Args[0]), instr})
			return
		}
		if callee := b.p.Callee(instr); callee.Method != nil && callee.Recv != nil && emptying[callee.Method.Name()] {
			b.resets = append(b.resets, reset{b.p.PlaceOf(callee.Recv), instr})
		}
	}
}

// emptying are methods that put a buffer, list or counter back to a fixed state.
var emptying = map[string]bool{"Reset": true, "Truncate": true, "Init": true, "Store": true, "Clear": true}

func (b *body) isReset(addr ssa.Value, instr ssa.Instruction) bool {
	p := b.p.PlaceOf(addr)
	for _, r := range b.resets {
		if r.place.Covers(p) && b.p.Before(r.instr, instr) {
			return true
		}
	}
	return false
}
