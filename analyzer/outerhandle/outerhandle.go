package outerhandle

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/ignore"
)

// New returns the check, for the transactions that txflow finds.
func New(txflow *analysis.Analyzer) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:      "outerhandle",
		Doc:       "use the transaction's handle, not the outer one, inside the callback",
		URL:       "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/outerhandle",
		Requires:  []*analysis.Analyzer{txflow},
		FactTypes: []analysis.Fact{new(Uses)},
		Run: func(pass *analysis.Pass) (any, error) {
			if p := pass.ResultOf[txflow].(*flow.Program); p != nil {
				p.Lock()
				defer p.Unlock()
				c := &check{pass: pass, p: p, markers: ignore.Of(pass), reported: map[token.Pos]bool{}}
				c.summarise()
				c.export()
				for _, tx := range slices.Backward(p.Transactions) { // inner ones first: their handle is the one to write
					c.transaction(tx)
				}
				c.markers.Unused()
			}
			return nil, nil
		},
	}
}

type check struct {
	pass     *analysis.Pass
	p        *flow.Program
	markers  *ignore.Markers
	uses     summaries
	reported map[token.Pos]bool
	counts   map[types.Object]int // the uses of what must be used, without those that fixes remove
}

// transaction reports what the callback of tx does with the store that tx was opened on.
func (c *check) transaction(tx *flow.Transaction) {
	if tx.Joins || tx.Rebinds(c.p) {
		return
	}
	for _, u := range c.uses[tx.Callback].list {
		path := u.path
		if recv := receiver(tx.Callback); recv != nil && tx.Recv != nil && path.Root == recv {
			path = c.p.Lead(tx.Recv, path.Steps)
		}
		if !path.Of(tx.Outer) || c.reported[u.pos] {
			continue
		}
		c.reported[u.pos] = true
		d := analysis.Diagnostic{Pos: u.pos, Message: message(tx, u)}
		fix, why := c.fix(tx, u, path)
		if fix != nil {
			d.SuggestedFixes = []analysis.SuggestedFix{*fix}
		} else {
			d.Message += "; no fix: " + why
		}
		c.markers.Report(d)
	}
}

// message says what is wrong and what to write instead.
func message(tx *flow.Transaction, u *use) string {
	handle := tx.HandleName()
	if handle == "" {
		handle = "the callback's handle (give the parameter a name)"
	}
	what := u.leaf
	if len(u.via) > 0 {
		what = fmt.Sprintf("%s, which calls %s", strings.Join(u.via, ", which calls "), u.leaf)
	}
	switch {
	case tx.NoHandle:
		if len(u.via) > 0 {
			what += ","
		}
		return fmt.Sprintf("%s goes around the transaction of %s, whose callback has no handle: "+
			"open a Transaction and call both on its tx", what, tx.Name)
	case u.inGo:
		return fmt.Sprintf("goroutine uses the outer handle inside %s (%s): it neither sees nor joins the transaction; "+
			"read with %s before starting it, or start it after the transaction", tx.Name, what, handle)
	case len(u.via) > 0:
		return fmt.Sprintf("call uses the outer handle inside %s (%s): pass %s to %s and use it there",
			tx.Name, what, handle, u.via[0])
	case u.opens:
		return fmt.Sprintf("%s opens a second transaction on the outer handle inside %s: use %s, which is open already",
			what, tx.Name, handle)
	}
	return fmt.Sprintf("%s uses the outer handle inside %s and goes around the transaction: use %s instead", what, tx.Name, handle)
}
