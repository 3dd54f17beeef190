package rerun

import (
	"fmt"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/ignore"
)

// New returns the check, for the transactions that txflow finds.
func New(txflow *analysis.Analyzer) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:      "rerun",
		Doc:       "a transaction's callback may run more than once",
		URL:       "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/rerun",
		Requires:  []*analysis.Analyzer{txflow},
		FactTypes: []analysis.Fact{new(Acts)},
		Run: func(pass *analysis.Pass) (any, error) {
			p := pass.ResultOf[txflow].(*flow.Program)
			c := &check{pass: pass, p: p, markers: ignore.Of(pass), reported: map[token.Pos]bool{}}
			c.findActs()
			if p != nil {
				p.Lock()
				defer p.Unlock()
				for _, tx := range p.Transactions {
					if tx.Reruns {
						c.transaction(tx)
					}
				}
			}
			c.markers.Unused()
			return nil, nil
		},
	}
}

type check struct {
	pass     *analysis.Pass
	p        *flow.Program
	markers  *ignore.Markers
	acts     map[*types.Func]string
	reported map[token.Pos]bool
}

// Acts is the fact of a function that acts on the world.
type Acts struct{ What string }

// AFact marks Acts as a fact about a function.
func (*Acts) AFact() {}

func (a *Acts) String() string { return "acts: " + a.What }

// A body is the callback of one transaction.
type body struct {
	*check
	tx     *flow.Transaction
	resets []reset
	sent   map[flow.Place]bool // channels that the callback sends on itself
	puts   map[ssa.Value][]*ssa.MapUpdate
}

func (c *check) transaction(tx *flow.Transaction) {
	b := &body{check: c, tx: tx, sent: map[flow.Place]bool{}, puts: map[ssa.Value][]*ssa.MapUpdate{}}
	fns := tx.Body(c.p)
	for _, fn := range fns {
		for instr := range flow.Instrs(fn) {
			b.findReset(instr)
			switch instr := instr.(type) {
			case *ssa.Send:
				b.sent[c.p.PlaceOf(instr.Chan)] = true
			case *ssa.MapUpdate:
				root := c.p.PlaceOf(instr.Map).Root
				b.puts[root] = append(b.puts[root], instr)
			}
		}
	}
	for _, fn := range fns {
		for instr := range flow.Instrs(fn) {
			b.visit(instr)
		}
	}
}

func (b *body) visit(instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Store:
		if b.fromItself(instr.Val, b.p.PlaceOf(instr.Addr), 0) {
			b.grows(instr, instr.Addr, instr.Pos())
		}
	case *ssa.MapUpdate:
		if b.fromLookup(instr.Value, instr) || b.read(instr.Key, map[ssa.Value]bool{}) {
			b.grows(instr, instr.Map, instr.Pos())
		}
	case *ssa.Send:
		b.sends(instr.Chan, instr.Pos())
	case *ssa.Select:
		for _, s := range instr.States {
			if s.Dir == types.SendOnly {
				b.sends(s.Chan, s.Pos)
			} else {
				b.receives(s.Chan, takes(instr, s), s.Pos)
			}
		}
	case *ssa.UnOp:
		if instr.Op == token.ARROW {
			b.receives(instr.X, used(instr), instr.Pos())
		}
	case ssa.CallInstruction:
		b.call(instr)
	}
}

// outside names what v is part of, if that lives longer than the callback.
func (b *body) outside(v ssa.Value) string {
	where, param := b.p.Outside(b.p.Root(v), b.tx.Callback, b.tx.Handle)
	bound := param == 0 && b.tx.Callback.Signature.Recv() != nil
	if where == "" || param >= 0 && !bound && !b.tx.Wrapped { // what an opener of the table gives is new in each run
		return ""
	}
	return b.p.Describe(v, where)
}

func (b *body) grows(instr ssa.Instruction, addr ssa.Value, pos token.Pos) {
	if !b.countsRuns(instr) {
		b.growsAt(instr, addr, b.p.PlaceOf(addr), pos)
	}
}

// growsAt reports that a place which addr is or leads to grows.
func (b *body) growsAt(instr ssa.Instruction, addr ssa.Value, place flow.Place, pos token.Pos) {
	where := b.outside(addr)
	if where == "" || b.isReset(place, instr) {
		return
	}
	b.report(pos, "%s grows in a callback that may run more than once: set it back at the start of the callback, "+
		"or collect in a variable of the callback and assign it at the end", where)
}

// countsRuns reports whether instr adds a constant before the callback does anything else: such a counter is there to count
// how often the callback runs.
func (b *body) countsRuns(instr ssa.Instruction) bool {
	if instr.Parent() != b.tx.Callback || instr.Block().Index != 0 {
		return false
	}
	for _, before := range instr.Block().Instrs {
		if before == instr {
			break
		}
		if _, ok := before.(ssa.CallInstruction); ok {
			return false
		}
	}
	switch instr := instr.(type) {
	case *ssa.Store:
		sum, ok := instr.Val.(*ssa.BinOp)
		if !ok {
			return false
		}
		_, ok = sum.Y.(*ssa.Const)
		return ok
	case *ssa.Call:
		callee := b.p.Callee(instr)
		return callee.Method.Pkg().Path() == "sync/atomic"
	}
	return false
}

func (b *body) sends(ch ssa.Value, pos token.Pos) {
	if where := b.outside(ch); where != "" {
		b.report(pos, "sends on %s in a callback that may run more than once, or not commit: "+
			"collect in the callback and send when %s has returned nil", where, b.tx.Name)
	}
}

func (b *body) report(pos token.Pos, format string, args ...any) {
	if b.reported[pos] {
		return
	}
	b.reported[pos] = true
	b.markers.Report(analysis.Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...)})
}
