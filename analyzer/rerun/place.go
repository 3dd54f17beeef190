package rerun

import (
	"go/constant"
	"go/token"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A place is a variable or a part of one.
type place struct {
	root  ssa.Value
	steps string
}

// key returns the place of an address: two equal keys are the same variable, field or element.
func (b *body) key(addr ssa.Value) place {
	switch x := addr.(type) {
	case *ssa.FieldAddr:
		return b.key(x.X).step("." + strconv.Itoa(x.Field))
	case *ssa.IndexAddr:
		return b.key(x.X).step("[" + x.Index.Name())
	case *ssa.UnOp:
		if x.Op == token.MUL {
			return b.key(x.X).step("*")
		}
	case *ssa.ChangeType:
		return b.key(x.X)
	case *ssa.MakeInterface:
		return b.key(x.X)
	case *ssa.FreeVar:
		if cell := b.p.Cell(x); cell != addr {
			return b.key(cell)
		}
	}
	return place{root: addr}
}

func (p place) step(s string) place {
	p.steps += s
	return p
}

// covers reports whether setting p back sets q back: q is p or a part of it.
func (p place) covers(q place) bool { return p.root == q.root && strings.HasPrefix(q.steps, p.steps) }

// fromItself reports whether v is computed from what stands at p: n+1, append(list, x), list[1:].
func (b *body) fromItself(v ssa.Value, p place, depth int) bool {
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

func (b *body) isLoad(v ssa.Value, p place) bool {
	load, ok := v.(*ssa.UnOp)
	return ok && load.Op == token.MUL && b.key(load.X) == p
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
		return b.key(v.X) == b.key(m)
	case *ssa.Call:
		if fn, ok := v.Call.Value.(*ssa.Builtin); ok && fn.Name() == "append" {
			return b.fromLookup(v.Call.Args[0], m)
		}
	}
	return false
}

// A reset gives a place a value that does not depend on what stood there.
type reset struct {
	place place
	instr ssa.Instruction
}

func (b *body) findReset(instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Store:
		if p := b.key(instr.Addr); !b.fromItself(instr.Val, p, 0) {
			b.resets = append(b.resets, reset{p, instr})
		}
	case *ssa.Call:
		if fn, ok := instr.Call.Value.(*ssa.Builtin); ok && fn.Name() == "clear" {
			b.resets = append(b.resets, reset{b.key(instr.Call.Args[0]), instr})
			return
		}
		if callee := b.p.Callee(instr); callee.Method != nil && callee.Recv != nil && emptying[callee.Method.Name()] {
			b.resets = append(b.resets, reset{b.key(callee.Recv), instr})
		}
	}
}

// emptying are methods that put a buffer, list or counter back to a fixed state.
var emptying = map[string]bool{"Reset": true, "Truncate": true, "Init": true, "Store": true, "Clear": true}

func (b *body) isReset(addr ssa.Value, instr ssa.Instruction) bool {
	p := b.key(addr)
	for _, r := range b.resets {
		if r.place.covers(p) && b.p.Before(r.instr, instr) {
			return true
		}
	}
	return false
}
