package flow

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/openers"
)

// A Transaction is one call that opens a transaction.
type Transaction struct {
	// Call opens it, In is the function that holds the call.
	Call ssa.CallInstruction
	In   *ssa.Function
	// Name is the name of the function that opens it.
	Name string
	// Outer is the store it is opened on.
	Outer Path
	// Callback is its body, Recv the receiver that the body is bound to, if it is a method value.
	Callback *ssa.Function
	Recv     ssa.Value
	// Handle is the callback's parameter for the transaction's handle, nil if it has none. NoHandle says that the opener gives
	// none, so that nothing but its own record can be read or written inside.
	Handle   *ssa.Parameter
	NoHandle bool
	// Reruns says that the callback may run more than once; ReadOnly that the handle refuses writes.
	Reruns, ReadOnly bool
	// Joins says that it was opened on the handle of another transaction.
	Joins bool
	// Wrapped says that the callback is not the opener's own: a function in between runs it, and may use what it returns while the
	// transaction is alive.
	Wrapped bool
}

// Opens says that a function runs one of its own arguments inside a transaction on something it was given or holds.
type Opens struct {
	// Param and Steps, or Global, lead to the outer handle; the receiver is parameter number 0.
	Param  int
	Global string
	Steps  string
	// Callback is the parameter that is run, Handle the one of its parameters that gets the handle, -1 for none.
	Callback, Handle int
	Reruns, ReadOnly bool
}

// AFact marks Opens as a fact about a function.
func (*Opens) AFact() {}

func (o *Opens) String() string { return fmt.Sprintf("opens %d%s %s", o.Param, o.Steps, o.Global) }

// findTransactions collects the calls of openers; then those of functions that wrap one, until nothing new turns up.
func (p *Program) findTransactions() {
	seen := map[ssa.CallInstruction]bool{}
	for changed := true; changed; {
		changed = false
		for _, fn := range p.Funcs {
			for instr := range Instrs(fn) {
				call, ok := instr.(ssa.CallInstruction)
				if !ok || seen[call] {
					continue
				}
				if p.visitCall(fn, call) {
					seen[call], changed = true, true
				}
			}
		}
	}
	for _, tx := range p.Transactions { // where one type serves for both, as gorm's DB
		tx.Joins = tx.Joins || p.isHandle(tx.Outer.Root)
	}
}

// visitCall reports whether call opens a transaction, and records it, or that fn wraps it.
func (p *Program) visitCall(fn *ssa.Function, call ssa.CallInstruction) bool {
	c := p.Callee(call)
	if c.Method == nil {
		return false
	}
	tx, arg, handle := p.opened(c)
	if tx == nil || arg == nil {
		return false
	}
	tx.Call, tx.In, tx.Name = call, fn, c.Method.Name()
	if param := paramIndex(p.Path(arg).Root); param >= 0 && p.Path(arg).Steps == "" {
		p.wrap(p.Path(arg).Root.(*ssa.Parameter), tx, param, handle)
		return true
	}
	body := p.Func(arg)
	if body.Body == nil {
		return true
	}
	tx.Callback, tx.Recv = body.Body, body.Recv
	params := body.Body.Params
	if body.Body.Signature.Recv() != nil && len(params) > 0 {
		params = params[1:]
	}
	tx.NoHandle = handle < 0
	if handle >= 0 && handle < len(params) {
		tx.Handle = params[handle]
	}
	p.Transactions = append(p.Transactions, tx)
	p.wrapCallers(tx)
	return true
}

// opened describes the transaction that a call opens: the entry of the table or the fact of a wrapper, the argument that is
// the callback, and the index of its handle.
func (p *Program) opened(c Callee) (*Transaction, ssa.Value, int) {
	if o := p.Table.Opener(c.Method); o != nil {
		return p.openedByTable(c, o)
	}
	fact := new(Opens)
	if !p.pass.ImportObjectFact(c.Method.Origin(), fact) {
		return nil, nil, 0
	}
	tx := &Transaction{Outer: Path{Global: fact.Global, Steps: fact.Steps}, Reruns: fact.Reruns, ReadOnly: fact.ReadOnly, Wrapped: true}
	if fact.Global == "" {
		outer := c.Param(fact.Param)
		if outer == nil {
			return nil, nil, 0
		}
		tx.Outer = p.Lead(outer, fact.Steps).Store()
		tx.Joins = p.onHandle(outer)
	}
	return tx, c.Param(fact.Callback), fact.Handle
}

func (p *Program) openedByTable(c Callee, o *openers.Opener) (*Transaction, ssa.Value, int) {
	outer := c.Recv
	if o.Receiver == "" && o.Outer < len(c.Args) {
		outer = c.Args[o.Outer]
	}
	if outer == nil || o.Callback >= len(c.Args) {
		return nil, nil, 0
	}
	tx := &Transaction{Outer: p.Path(outer).Store(), Reruns: o.Reruns, ReadOnly: o.ReadOnly}
	tx.Joins = p.onHandle(outer)
	return tx, c.Args[o.Callback], o.Handle
}

// onHandle reports whether v is or belongs to something whose type only handles of transactions have.
func (p *Program) onHandle(v ssa.Value) bool {
	for range 20 {
		if slices.ContainsFunc(p.handles, func(t types.Type) bool { return types.Identical(t, v.Type()) }) {
			return true
		}
		if v = p.belongsTo(v); v == nil {
			return false
		}
	}
	return false
}

// belongsTo returns the handle that v is embedded in or derived from, or v before a conversion; nil if there is none.
func (p *Program) belongsTo(v ssa.Value) ssa.Value {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		if p.Embedded(v.X.Type(), v.Field) {
			return v.X
		}
	case *ssa.Field:
		if p.Embedded(v.X.Type(), v.Field) {
			return v.X
		}
	case *ssa.UnOp:
		if cell := p.Cell(v.X); len(p.stores[cell]) == 1 {
			return p.stores[cell][0].Val
		}
		if fa, ok := v.X.(*ssa.FieldAddr); ok {
			return fa
		}
	case *ssa.Alloc:
		if len(p.stores[v]) == 1 {
			return p.stores[v][0].Val
		}
	case *ssa.ChangeType:
		return v.X
	case *ssa.MakeInterface:
		return v.X
	case *ssa.ChangeInterface:
		return v.X
	case *ssa.Call:
		if c := p.Callee(v); c.Method != nil && c.Recv != nil && p.Table.Derives(c.Method) {
			return c.Recv
		}
	}
	return nil
}

// isHandle reports whether v is the handle of a transaction.
func (p *Program) isHandle(v ssa.Value) bool {
	return v != nil && slices.ContainsFunc(p.Transactions, func(tx *Transaction) bool { return tx.Handle == v })
}

// wrapCallers exports the fact for a function whose callback literal calls one of the function's own parameters.
func (p *Program) wrapCallers(tx *Transaction) {
	for _, fn := range p.Funcs {
		if !Within(fn, tx.Callback) {
			continue
		}
		for instr := range Instrs(fn) {
			call, ok := instr.(ssa.CallInstruction)
			if !ok || call.Common().IsInvoke() {
				continue
			}
			path := p.Path(call.Common().Value)
			param, ok := path.Root.(*ssa.Parameter)
			if ok && path.Steps == "" && !Within(param.Parent(), tx.Callback) {
				p.wrap(param, tx, paramIndex(param), p.handleArg(call, tx))
			}
		}
	}
}

func (p *Program) handleArg(call ssa.CallInstruction, tx *Transaction) int {
	for i, arg := range call.Common().Args {
		if path := p.Path(arg); tx.Handle != nil && path == (Path{Root: tx.Handle}) {
			return i
		}
	}
	return -1
}

func (p *Program) wrap(param *ssa.Parameter, tx *Transaction, callback, handle int) {
	fn := param.Parent()
	obj, ok := fn.Object().(*types.Func)
	if !ok || p.pass.ImportObjectFact(obj, new(Opens)) {
		return
	}
	if _, ok := param.Type().Underlying().(*types.Signature); !ok {
		return
	}
	fact := &Opens{
		Global: tx.Outer.Global, Steps: tx.Outer.Steps,
		Callback: callback, Handle: handle, Reruns: tx.Reruns, ReadOnly: tx.ReadOnly,
	}
	if fact.Global == "" {
		fact.Param = paramIndex(tx.Outer.Root)
		if fact.Param < 0 || tx.Outer.Root.Parent() != fn {
			return
		}
	}
	p.pass.ExportObjectFact(obj, fact)
}

// Body returns the functions that are part of the callback by place: the callback and the function literals inside it, but
// not those that run when the transaction is over.
func (tx *Transaction) Body(p *Program) []*ssa.Function {
	var out []*ssa.Function
	for _, fn := range p.Funcs {
		if Within(fn, tx.Callback) && !p.runsAfter(fn, tx.Callback) {
			out = append(out, fn)
		}
	}
	return out
}

// runsAfter reports whether fn is, or stands in, a function literal of scope that is handed to an After function.
func (p *Program) runsAfter(fn, scope *ssa.Function) bool {
	for ; fn != scope; fn = fn.Parent() {
		mc := p.closure[fn]
		if mc == nil {
			continue
		}
		for _, ref := range *mc.Referrers() {
			call, ok := ref.(ssa.CallInstruction)
			if !ok {
				continue
			}
			if c := p.Callee(call); c.Method != nil && p.Table.After(c.Method) {
				return true
			}
		}
	}
	return false
}

// HandleName returns the name to write for the handle, or "" if it has none.
func (tx *Transaction) HandleName() string {
	if tx.Handle == nil || tx.Handle.Name() == "_" {
		return ""
	}
	if v, _ := tx.Handle.Object().(*types.Var); v == nil || v.Name() == "" {
		return ""
	}
	return tx.Handle.Name()
}

// Rebinds reports whether the callback gives a new value to the variable that its outer handle is kept in, or to a part of
// the handle: then the name does not mean the outer store any more.
func (tx *Transaction) Rebinds(p *Program) bool {
	if tx.Outer.Root == nil {
		return false
	}
	for _, fn := range p.Funcs {
		if !Within(fn, tx.Callback) {
			continue
		}
		for instr := range Instrs(fn) {
			st, ok := instr.(*ssa.Store)
			if !ok {
				continue
			}
			if p.Cell(st.Addr) == tx.Outer.Root {
				return true
			}
			path := p.Path(st.Addr)
			if rest, ok := strings.CutPrefix(path.Steps, tx.Outer.Steps+"."); ok && path.Root == tx.Outer.Root && rest != "" {
				return true
			}
		}
	}
	return false
}
