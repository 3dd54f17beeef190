package rerun

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/openers"
)

// adds reports whether fn adds a write to a batch or to a set of writes, where the same id replaces what was added before.
func adds(fn *types.Func) bool {
	switch fn.Name() {
	case "Put", "PutMany", "Delete", "DeleteMany":
		return isType(fn, openers.Family, "Adder") || isType(fn, openers.Store, "DataSet")
	}
	return false
}

// isType reports whether fn is a method of the type of that name.
func isType(fn *types.Func, pkg, name string) bool {
	recv := fn.Signature().Recv()
	if recv == nil || fn.Pkg() == nil || fn.Pkg().Path() != pkg {
		return false
	}
	t := recv.Type()
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Name() == name
}

// collects reports a write that is added to a batch from outside and that the next run may not add: its id was read, or
// what was read decided about it.
func (b *body) collects(call ssa.CallInstruction, callee flow.Callee, pos token.Pos) {
	batch := b.batchOf(callee.Recv)
	where := b.outside(batch)
	if where == "" || b.isReset(b.p.PlaceOf(batch), call) {
		return
	}
	id := callee.Args[0]
	if isType(callee.Method, openers.Store, "DataSet") {
		id = callee.Args[1]
	}
	if !b.read(id, map[ssa.Value]bool{}) && !b.depends(call) {
		return
	}
	b.report(pos, "%s still holds what an earlier run of the callback added: make it in the callback, or empty it at its start", where)
}

// batchOf follows the receiver of a method that adds to the batch that it belongs to.
func (b *body) batchOf(v ssa.Value) ssa.Value {
	for range 20 {
		call, ok := b.p.Root(v).(*ssa.Call)
		if !ok {
			return v
		}
		callee := b.p.Callee(call)
		switch {
		case callee.Method == nil:
			return v
		case callee.Recv != nil && (adds(callee.Method) || b.p.Table.Derives(callee.Method)):
			v = callee.Recv
		case callee.Recv == nil && callee.Method.Name() == "AddTo" && len(callee.Args) > 0:
			v = callee.Args[0]
		default:
			return v
		}
	}
	return v
}

// depends reports whether what the transaction read decides if instr runs. That a read failed is no such thing: the run
// ends there.
func (b *body) depends(instr ssa.Instruction) bool {
	block := instr.Block()
	for d := block.Idom(); d != nil; d = d.Idom() {
		cond, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok || d.Succs[0].Dominates(block) == d.Succs[1].Dominates(block) {
			continue
		}
		if !comparesError(cond.Cond) && b.read(cond.Cond, map[ssa.Value]bool{}) {
			return true
		}
	}
	return false
}

func comparesError(cond ssa.Value) bool {
	cmp, ok := cond.(*ssa.BinOp)
	return ok && types.Identical(cmp.X.Type(), types.Universe.Lookup("error").Type())
}

// receives reports that something which only one run can get is taken from a channel from outside. Channels of struct{} are
// signals, and the time comes again.
func (b *body) receives(ch ssa.Value, used bool, pos token.Pos) {
	elem := ch.Type().Underlying().(*types.Chan).Elem()
	st, ok := elem.Underlying().(*types.Struct)
	if ok && st.NumFields() == 0 || elem.String() == "time.Time" || !used || b.sent[b.p.PlaceOf(ch)] {
		return
	}
	if where := b.outside(ch); where != "" {
		b.report(pos, "receives from %s in a callback that may run more than once, and then gets something else or waits: "+
			"receive before %s", where, b.tx.Name)
	}
}

// used reports whether what is received by itself is looked at.
func used(recv *ssa.UnOp) bool {
	return slices.ContainsFunc(*recv.Referrers(), func(ref ssa.Instruction) bool {
		ex, ok := ref.(*ssa.Extract)
		return !ok || ex.Index == 0
	})
}

// takes reports whether a select looks at what it receives in one of its states.
func takes(sel *ssa.Select, state *ssa.SelectState) bool {
	index := 2 // behind the number of the state and whether the channel is open
	for _, s := range sel.States {
		if s == state {
			break
		}
		if s.Dir == types.RecvOnly {
			index++
		}
	}
	return slices.ContainsFunc(*sel.Referrers(), func(ref ssa.Instruction) bool {
		ex, ok := ref.(*ssa.Extract)
		return ok && ex.Index == index
	})
}

// appends reports a method of this package that appends to a list of its receiver.
func (b *body) appends(call ssa.CallInstruction, callee flow.Callee, pos token.Pos) {
	if callee.Body == nil || callee.Recv == nil || len(callee.Body.Params) == 0 {
		return
	}
	for instr := range flow.Instrs(callee.Body) {
		st, ok := instr.(*ssa.Store)
		if !ok {
			continue
		}
		place := b.p.PlaceOf(st.Addr)
		if list, ok := st.Val.(*ssa.Call); ok && place.Root == callee.Body.Params[0] && b.fromItself(list, place, 0) {
			on := b.p.PlaceOf(callee.Recv)
			on.Steps += place.Steps
			b.growsAt(call, callee.Recv, on, pos)
		}
	}
}
