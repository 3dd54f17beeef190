package rerun

import (
	"go/constant"
	"go/token"
	"slices"

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

// fromLookup reports whether v, which is put into a map, is computed from what may stand there already.
func (b *body) fromLookup(v ssa.Value, put *ssa.MapUpdate) bool {
	switch v := v.(type) {
	case *ssa.BinOp:
		return b.fromLookup(v.X, put) || b.fromLookup(v.Y, put)
	case *ssa.Convert:
		return b.fromLookup(v.X, put)
	case *ssa.Extract:
		return b.fromLookup(v.Tuple, put)
	case *ssa.Lookup:
		return b.p.PlaceOf(v.X) == b.p.PlaceOf(put.Map) && !otherConst(v.Index, put.Key)
	case *ssa.Call:
		if fn, ok := v.Call.Value.(*ssa.Builtin); ok && fn.Name() == "append" {
			return b.fromLookup(v.Call.Args[0], put)
		}
	}
	return false
}

func otherConst(v, w ssa.Value) bool {
	a, aOK := v.(*ssa.Const)
	b, bOK := w.(*ssa.Const)
	return aOK && bOK && a.Value != nil && b.Value != nil && !constant.Compare(a.Value, token.EQL, b.Value)
}

// read reports whether v may depend on what the transaction read: it is computed from the handle, or from what a function
// literal of the callback is given. Other entries of a map are put there again by the next run; these may not be.
func (b *body) read(v ssa.Value, seen map[ssa.Value]bool) bool {
	if v == nil || seen[v] || len(seen) > 200 {
		return false
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.Parameter:
		if v.Parent() == b.tx.Callback && b.tx.NoHandle {
			return v.Type().String() != "context.Context" // the value itself
		}
		return v == b.tx.Handle || flow.Within(v.Parent(), b.tx.Callback) && v.Parent() != b.tx.Callback
	case *ssa.MakeMap:
		return b.readKeys(v, seen)
	case *ssa.FreeVar:
		return b.read(b.p.Cell(v), seen)
	case *ssa.Alloc:
		return b.readInto(v, seen) || b.readKeys(v, seen)
	}
	instr, ok := v.(ssa.Instruction)
	if !ok {
		return false
	}
	for _, op := range instr.Operands(nil) {
		if b.read(*op, seen) {
			return true
		}
	}
	return false
}

// readInto reports whether the callback stores what it read in a variable, or in a part of it.
func (b *body) readInto(cell *ssa.Alloc, seen map[ssa.Value]bool) bool {
	addrs := []ssa.Value{cell}
	for _, ref := range *cell.Referrers() {
		if part, ok := ref.(ssa.Value); ok {
			addrs = append(addrs, part)
		}
	}
	for _, addr := range addrs {
		for _, st := range b.p.Stores(addr) {
			if flow.Within(st.Parent(), b.tx.Callback) && b.read(st.Val, seen) {
				return true
			}
		}
	}
	return false
}

// readKeys reports whether the callback puts something into a map under what it read.
func (b *body) readKeys(m ssa.Value, seen map[ssa.Value]bool) bool {
	return slices.ContainsFunc(b.puts[m], func(put *ssa.MapUpdate) bool { return b.read(put.Key, seen) })
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

func (b *body) isReset(p flow.Place, instr ssa.Instruction) bool {
	for _, r := range b.resets {
		if r.place.Covers(p) && b.p.Before(r.instr, instr) {
			return true
		}
	}
	return false
}
