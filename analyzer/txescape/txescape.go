package txescape

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
		Name:      "txescape",
		Doc:       "a transaction's handle ends with its callback",
		URL:       "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/txescape",
		Requires:  []*analysis.Analyzer{txflow},
		FactTypes: []analysis.Fact{new(Keeps)},
		Run: func(pass *analysis.Pass) (any, error) {
			if p := pass.ResultOf[txflow].(*flow.Program); p != nil {
				p.Lock()
				defer p.Unlock()
				c := &check{pass: pass, p: p, memo: map[*ssa.Parameter]*Kept{}}
				markers := ignore.Of(pass)
				c.transactions(markers)
				c.export()
				markers.Unused()
			}
			return nil, nil
		},
	}
}

type check struct {
	pass *analysis.Pass
	p    *flow.Program
	memo map[*ssa.Parameter]*Kept
}

func (c *check) transactions(markers *ignore.Markers) {
	reported := map[token.Pos]bool{}
	for _, tx := range c.p.Transactions {
		if tx.Handle == nil {
			continue
		}
		for _, e := range c.track(tx.Handle) {
			if reported[e.pos] || e.way == returned && tx.Wrapped {
				continue
			}
			reported[e.pos] = true
			markers.Report(analysis.Diagnostic{Pos: e.pos, Message: message(tx, e)})
		}
	}
}

// message says how the handle gets out and what to do instead.
func message(tx *flow.Transaction, e escape) string {
	name := tx.HandleName()
	if name == "" {
		name = "the handle"
	}
	thing := name
	if !e.itself {
		thing = "a value made from " + name
	}
	if e.helper != "" {
		thing += " (through " + e.helper + ")"
	}
	switch e.way {
	case sent:
		return fmt.Sprintf("%s is sent on a channel: it is dead when the callback of %s returns; send what was read from it", thing, tx.Name)
	case returned:
		return fmt.Sprintf("%s is returned: it is dead when the callback of %s returns; return what was read from it", thing, tx.Name)
	case goroutine:
		return fmt.Sprintf("%s is used in a goroutine that may outlive the callback of %s: wait for the goroutine inside the callback, "+
			"or read first and give it the values", thing, tx.Name)
	}
	return fmt.Sprintf("%s is stored in %s, which outlives the callback of %s: keep what was read from it, not the handle",
		thing, e.into, tx.Name)
}

// Kept says what a function does with one parameter that is a handle.
type Kept struct {
	Param int // the receiver is number 0
	// Way is how it gets out, "" if it does not; Into is where it is stored and, from 0, which parameter that is reached from, -1 for none.
	Way      string
	Into     string
	IntoWhat int
	// Returned says that a result holds it.
	Returned bool
}

// Keeps is the fact of a function that keeps or returns handles it is given.
type Keeps struct{ List []Kept }

// AFact marks Keeps as a fact about a function.
func (*Keeps) AFact() {}

func (k *Keeps) String() string { return fmt.Sprintf("keeps %v", k.List) }

// kept answers for parameter i of callee, from its body or its fact; nil if nothing is known or nothing happens.
func (c *check) kept(callee flow.Callee, i int) *Kept {
	if callee.Body != nil && i < len(callee.Body.Params) {
		return c.keptByBody(callee.Body.Params[i], i)
	}
	fact := new(Keeps)
	if callee.Method == nil || !c.pass.ImportObjectFact(callee.Method.Origin(), fact) {
		return nil
	}
	for j := range fact.List {
		if fact.List[j].Param == i {
			return &fact.List[j]
		}
	}
	return nil
}

func (c *check) keptByBody(param *ssa.Parameter, i int) *Kept {
	if k, ok := c.memo[param]; ok {
		return k
	}
	c.memo[param] = nil // what recursion finds
	var k *Kept
	for _, e := range c.track(param) {
		if k == nil {
			k = &Kept{Param: i, IntoWhat: -1}
		}
		if e.way == returned {
			k.Returned = true
		} else if k.Way == "" {
			k.Way, k.Into, k.IntoWhat = e.way, e.into, e.intoWhat
		}
	}
	c.memo[param] = k
	return k
}

func (c *check) export() {
	for _, fn := range c.p.Funcs {
		obj, ok := fn.Object().(*types.Func)
		if !ok || !obj.Exported() {
			continue
		}
		fact := new(Keeps)
		for i, param := range fn.Params {
			if !c.mayBeHandle(param.Type()) {
				continue
			}
			if k := c.keptByBody(param, i); k != nil {
				fact.List = append(fact.List, *k)
			}
		}
		if len(fact.List) > 0 {
			c.pass.ExportObjectFact(obj, fact)
		}
	}
}

func (c *check) mayBeHandle(t types.Type) bool {
	if _, ok := t.Underlying().(*types.Interface); ok {
		return true
	}
	return c.p.Table.Declares(t)
}
