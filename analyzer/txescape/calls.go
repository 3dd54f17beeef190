package txescape

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// keepers are methods of the standard library that put an argument into their receiver.
var keepers = []string{
	"(*sync.Map).Store", "(*sync.Map).LoadOrStore", "(*sync.Map).Swap", "(*sync/atomic.Value).Store", "(*sync/atomic.Value).Swap",
	"(*sync/atomic.Pointer[T]).Store", "(*sync/atomic.Pointer[T]).Swap",
	"(*container/list.List).PushBack", "(*container/list.List).PushFront", "(*sync.Pool).Put",
}

// later are functions that run an argument at some other time.
var later = []string{"time.AfterFunc", "context.AfterFunc", "runtime.SetFinalizer"}

// call follows the handle into a call: goroutines, helpers that keep or return it, derived handles.
func (t *tracker) call(fn *ssa.Function, call ssa.CallInstruction) {
	callee := t.p.Callee(call)
	pos := t.p.Pos(call)
	if t.startsGoroutine(call, callee) {
		if v := t.heldOperand(call); v != nil && !t.awaited(fn, call) {
			t.out(escape{way: goroutine, pos: pos, intoWhat: -1}, v)
		}
		return
	}
	if b, ok := call.Common().Value.(*ssa.Builtin); ok {
		if v, ok := call.(*ssa.Call); ok && b.Name() == "append" && slices.ContainsFunc(call.Common().Args, t.holds) {
			t.hold(v)
		}
		return
	}
	if callee.Method == nil {
		return
	}
	if slices.Contains(keepers, callee.Method.Origin().FullName()) {
		for _, arg := range callee.Args {
			if t.holds(arg) {
				t.put(callee.Recv, arg, pos)
			}
		}
	}
	t.derive(call, callee)
	t.helper(call, callee, pos)
}

func (t *tracker) heldOperand(call ssa.CallInstruction) ssa.Value {
	for _, op := range call.Operands(nil) {
		if *op != nil && t.holds(*op) {
			return *op
		}
	}
	return nil
}

// derive holds the result of a method of the handle that gives a part of it or a lazy sequence.
func (t *tracker) derive(call ssa.CallInstruction, callee flow.Callee) {
	v, ok := call.(*ssa.Call)
	if i, wraps := t.p.Table.Wraps(callee.Method); ok && wraps && callee.Recv == nil && i < len(callee.Args) {
		if t.holds(callee.Args[i]) {
			t.hold(v)
		}
		return
	}
	if !ok || callee.Recv == nil || !t.holds(callee.Recv) || !t.p.Table.Knows(callee.Method.Pkg()) {
		return
	}
	res := callee.Method.Signature().Results()
	if res.Len() == 0 {
		return
	}
	_, lazy := res.At(0).Type().Underlying().(*types.Signature)
	if lazy || t.p.Table.Derives(callee.Method) {
		t.hold(v)
	}
}

// helper applies what is known of the called function's parameters.
func (t *tracker) helper(call ssa.CallInstruction, callee flow.Callee, pos token.Pos) {
	n := len(callee.Args)
	if callee.Recv != nil {
		n++
	}
	for i := range n {
		arg := callee.Param(i)
		if !t.holds(arg) || t.p.Table.Knows(callee.Method.Pkg()) {
			continue
		}
		k := t.kept(callee, i)
		if k == nil {
			continue
		}
		if v, ok := call.(*ssa.Call); ok && k.Returned {
			t.hold(v)
		}
		if k.Way != "" {
			t.keptBy(callee, k, arg, pos)
		}
	}
}

func (t *tracker) keptBy(callee flow.Callee, k *Kept, arg ssa.Value, pos token.Pos) {
	e := escape{way: k.Way, into: k.Into, intoWhat: -1, helper: callee.Method.Name(), pos: pos}
	if k.IntoWhat >= 0 {
		into := callee.Param(k.IntoWhat)
		if into == nil {
			return
		}
		root := t.p.Root(into)
		where, param := t.p.Outside(root, t.scope, t.handle)
		if where == "" {
			t.hold(root)
			return
		}
		e.into, e.intoWhat = where, param
	}
	t.out(e, arg)
}

// startsGoroutine reports whether call runs a function at a time that the caller does not control.
func (t *tracker) startsGoroutine(call ssa.CallInstruction, callee flow.Callee) bool {
	if _, ok := call.(*ssa.Go); ok {
		return true
	}
	m := callee.Method
	return m != nil && (m.Name() == "Go" && m.Signature().Recv() != nil || slices.Contains(later, m.FullName()))
}

// awaited reports whether the callback waits after starting a goroutine: by a Wait, or by receiving from a channel.
func (t *tracker) awaited(fn *ssa.Function, start ssa.CallInstruction) bool {
	if m := t.p.Callee(start).Method; m != nil && slices.Contains(later, m.FullName()) {
		return false
	}
	seen := map[*ssa.BasicBlock]bool{}
	var after func(b *ssa.BasicBlock, instrs []ssa.Instruction) bool
	after = func(b *ssa.BasicBlock, instrs []ssa.Instruction) bool {
		if slices.ContainsFunc(instrs, waits) {
			return true
		}
		return slices.ContainsFunc(b.Succs, func(s *ssa.BasicBlock) bool {
			if seen[s] {
				return false
			}
			seen[s] = true
			return after(s, s.Instrs)
		})
	}
	b := start.Block()
	i := slices.Index(b.Instrs, ssa.Instruction(start))
	if after(b, b.Instrs[i+1:]) || slices.ContainsFunc(slices.Collect(flow.Instrs(fn)), waitsDeferred) {
		return true
	}
	for fn != t.scope { // started in a literal: the wait may stand in a function around it
		fn = fn.Parent()
		if slices.ContainsFunc(slices.Collect(flow.Instrs(fn)), waits) {
			return true
		}
	}
	return false
}

func waits(instr ssa.Instruction) bool {
	switch instr := instr.(type) {
	case *ssa.UnOp:
		return instr.Op == token.ARROW
	case *ssa.Select:
		return slices.ContainsFunc(instr.States, func(s *ssa.SelectState) bool { return s.Dir == types.RecvOnly })
	case *ssa.Call:
		return isWait(instr)
	}
	return false
}

func waitsDeferred(instr ssa.Instruction) bool {
	d, ok := instr.(*ssa.Defer)
	return ok && isWait(d)
}

func isWait(call ssa.CallInstruction) bool {
	common := call.Common()
	if common.IsInvoke() {
		return common.Method.Name() == "Wait"
	}
	callee := common.StaticCallee()
	return callee != nil && callee.Name() == "Wait"
}
