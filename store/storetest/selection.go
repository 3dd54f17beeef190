package storetest

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// selection is what checks use of a [store.Selection].
type selection interface {
	Prefix(prefix string) selection
	From(id string) selection
	After(id string) selection
	Before(id string) selection
	Until(id string) selection
	Reverse() selection
	Limit(n int) selection

	All(ctx context.Context) store.Records
	IDs(ctx context.Context) iter.Seq2[string, error]
	First(ctx context.Context) (store.Record, bool, error)
	Last(ctx context.Context) (store.Record, bool, error)
	Count(ctx context.Context) (int, error)
	Page(ctx context.Context, cursor string, n int) (store.Page, error)
	DeleteAll(ctx context.Context) (int, error)
	Drop(ctx context.Context) error
}

// realSelection is a selection over a [store.Selection].
type realSelection struct{ store.Selection }

func (s realSelection) Prefix(prefix string) selection {
	return realSelection{s.Selection.Prefix(prefix)}
}
func (s realSelection) From(id string) selection   { return realSelection{s.Selection.From(id)} }
func (s realSelection) After(id string) selection  { return realSelection{s.Selection.After(id)} }
func (s realSelection) Before(id string) selection { return realSelection{s.Selection.Before(id)} }
func (s realSelection) Until(id string) selection  { return realSelection{s.Selection.Until(id)} }
func (s realSelection) Reverse() selection         { return realSelection{s.Selection.Reverse()} }
func (s realSelection) Limit(n int) selection      { return realSelection{s.Selection.Limit(n)} }

// Select begins a selection.
func (h realHandle) Select(family string) selection { return realSelection{h.Handle.Select(family)} }

// narrowing is how a selection is narrowed, for a store and for a model of it.
type narrowing []narrowStep

type narrowStep struct {
	by    narrowBy
	bound string
	limit int
}

type narrowBy int

const (
	byPrefix narrowBy = iota
	byFrom
	byAfter
	byBefore
	byUntil
	byReverse
	byLimit
)

// of narrows a selection of a store.
func (n narrowing) of(s selection) selection {
	for _, one := range n {
		switch one.by {
		case byPrefix:
			s = s.Prefix(one.bound)
		case byFrom:
			s = s.From(one.bound)
		case byAfter:
			s = s.After(one.bound)
		case byBefore:
			s = s.Before(one.bound)
		case byUntil:
			s = s.Until(one.bound)
		case byReverse:
			s = s.Reverse()
		case byLimit:
			s = s.Limit(one.limit)
		}
	}
	return s
}

// holds reports whether an id lies within all bounds.
func (n narrowing) holds(id string) bool {
	for _, one := range n {
		in := true
		switch one.by {
		case byPrefix:
			in = strings.HasPrefix(id, one.bound)
		case byFrom:
			in = id >= one.bound
		case byAfter:
			in = id > one.bound
		case byBefore:
			in = id < one.bound
		case byUntil:
			in = id <= one.bound
		}
		if !in {
			return false
		}
	}
	return true
}

func (n narrowing) reverse() (reverse bool) {
	for _, one := range n {
		reverse = reverse != (one.by == byReverse)
	}
	return reverse
}

// limit is -1 if there is none.
func (n narrowing) limit() int {
	limit := -1
	for _, one := range n {
		if one.by == byLimit && (limit < 0 || one.limit < limit) {
			limit = one.limit
		}
	}
	return limit
}

// pick returns what is selected of ids that ascend, in the selection's order.
func (n narrowing) pick(ids []string) []string {
	picked := []string{}
	for _, id := range ids {
		if n.holds(id) {
			picked = append(picked, id)
		}
	}
	if n.reverse() {
		slices.Reverse(picked)
	}
	if limit := n.limit(); limit >= 0 && limit < len(picked) {
		picked = picked[:limit]
	}
	return picked
}

// eachWay runs f on each kind of handle, with the backend's powers and without
// them, in pages of any size. In a transaction f runs once more in a nested
// one.
func (e *env) eachWay(f func(ctx context.Context, h handle)) {
	hidden := e.wire.hideSnapshots
	for _, bare := range []bool{false, true} {
		for rows := range 3 {
			if e.suite.small && bare != (rows == 1) {
				continue
			}
			e.wire.hideCounter, e.wire.hideSnapshots, e.wire.pageRows = bare, hidden || bare, nil
			if rows > 0 {
				e.wire.pageRows = func() int { return rows }
			}
			both := func(ctx context.Context, h handle) error { f(ctx, h); return nil }
			f(e.ctx, e.s)
			e.ok(e.s.View(e.ctx, both), "View")
			e.tx("", func(ctx context.Context, tx handle) error {
				f(ctx, tx)
				return tx.Transaction(ctx, "", both)
			})
		}
	}
	e.wire.hideCounter, e.wire.hideSnapshots, e.wire.pageRows = false, hidden, nil
}

// listed returns the ids that a selection yields.
func (e *env) listed(ctx context.Context, s selection) []string {
	e.t.Helper()
	ids := []string{}
	for id, err := range s.IDs(ctx) {
		if err != nil {
			e.Errorf("IDs: %v", err)
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// lists checks which ids a selection yields.
func (e *env) lists(ctx context.Context, what string, s selection, want ...string) {
	e.t.Helper()
	if got := e.listed(ctx, s); !slices.Equal(got, want) {
		e.Errorf("%s: got %q, want %q", what, got, want)
	}
}
