package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Selection is some of the records of one family: those in a range of ids, in
// ascending order unless it is reversed, and at most so many. [Store.Select] and
// [Tx.Select] begin one. Each method that narrows it returns another Selection.
// Nothing is read before one of its verbs is called.
//
// Bounds are ids, compared bytewise. They need not be ids of records, mean the
// same in both directions, and the narrowest of several counts.
//
// Errors: a bound or a limit that no store accepts is an error of the verb,
// [ErrTooLarge] or [ErrInvalid].
type Selection struct{ in hidden.Pointer[selection] }

type selection struct {
	of      source
	family  string
	span    driver.Range
	reverse bool
	limit   int                  // how many are left; below zero there is no limit
	keep    func(id string) bool // nil keeps all

	longest  int  // bytes of a bound
	negative bool // a limit was
}

// source is what a selection reads and changes: a [*Store] or a [*Tx].
type source interface {
	walk(ctx context.Context, sel *selection, keysOnly bool, yield func(driver.Key, []byte) bool) error
	count(ctx context.Context, sel *selection) (int, error)
	deleteAll(ctx context.Context, sel *selection) (int, error)
	drop(ctx context.Context, sel *selection) error
	trace(ctx context.Context, kind Op, family string, err *error) (context.Context, *operation)
	verb(kind Op) Op
}

// Select begins a selection with all committed records of a family.
func (s *Store) Select(family string) Selection { return newSelection(s, family) }

// Select begins a selection with all records of a family as the transaction sees
// them. What its verbs have seen is part of what the commit checks: gaps between
// records included, and no more than that.
func (tx *Tx) Select(family string) Selection { return newSelection(tx, family) }

func newSelection(of source, family string) Selection {
	all := driver.Range{From: driver.Key{Family: family}, To: driver.FamilyEnd(family)}
	return Selection{hidden.To(&selection{of: of, family: family, span: all, limit: -1})}
}

// In selects the same of what another handle sees, such as that of a transaction.
func (s Selection) In(h Handle) Selection {
	sel := s.copy()
	sel.of = h.Select(sel.family).in.Get().of
	return Selection{hidden.To(sel)}
}

// Prefix selects the ids that start with prefix.
func (s Selection) Prefix(prefix string) Selection {
	return s.within(prefixRange(s.family(), prefix), prefix)
}

// From selects the ids that are not below id.
func (s Selection) From(id string) Selection {
	return s.within(driver.Range{From: s.key(id)}, id)
}

// After selects the ids above id.
func (s Selection) After(id string) Selection {
	return s.within(driver.Range{From: s.key(id).Next()}, id)
}

// Before selects the ids below id.
func (s Selection) Before(id string) Selection {
	return s.within(driver.Range{To: s.key(id)}, id)
}

// Until selects the ids that are not above id.
func (s Selection) Until(id string) Selection {
	return s.within(driver.Range{To: s.key(id).Next()}, id)
}

// Reverse turns the order around.
func (s Selection) Reverse() Selection {
	sel := s.copy()
	sel.reverse = !sel.reverse
	return Selection{hidden.To(sel)}
}

// Limit selects the first n records, in the selection's order. A limit of 0
// selects nothing, and of several the least counts.
func (s Selection) Limit(n int) Selection {
	sel := s.copy()
	sel.negative = sel.negative || n < 0
	if sel.limit < 0 || n < sel.limit {
		sel.limit = n
	}
	return Selection{hidden.To(sel)}
}

// Where selects the ids for which keep returns true. Of several keeps an id must
// pass each. A verb reads the ids that do not pass too, and a transaction checks
// them; a limit does not count them. A cursor of [Selection.Page] does not show
// keep, so every page must be asked for with the same one.
func (s Selection) Where(keep func(id string) bool) Selection {
	sel := s.copy()
	if before := sel.keep; before != nil && keep != nil {
		sel.keep = func(id string) bool { return before(id) && keep(id) }
	} else if before == nil {
		sel.keep = keep
	}
	return Selection{hidden.To(sel)}
}

func (s Selection) within(r driver.Range, bound string) Selection {
	sel := s.copy()
	sel.narrow(r)
	sel.longest = max(sel.longest, len(bound))
	return Selection{hidden.To(sel)}
}

// narrow takes away what lies outside of the range.
func (s *selection) narrow(to driver.Range) {
	if to.From.Compare(s.span.From) > 0 {
		s.span.From = to.From
	}
	if to.To != (driver.Key{}) && s.span.Before(to.To) {
		s.span.To = to.To
	}
}

func (s Selection) copy() *selection {
	var sel selection
	if in := s.in.Get(); in != nil {
		sel = *in
	}
	return &sel
}

func (s Selection) family() string { return s.copy().family }

func (s Selection) key(id string) driver.Key { return driver.Key{Family: s.family(), ID: id} }

// check reports what makes the selection invalid.
func (s *selection) check(set *settings) error {
	if s.negative {
		return fmt.Errorf("%w: a negative limit", ErrInvalid)
	}
	if s.longest > set.limits.id {
		return fmt.Errorf("%w: a bound has %d bytes, the limit is %d", ErrTooLarge, s.longest, set.limits.id)
	}
	return nil
}

// passes reports whether a record of the range is selected.
func (s *selection) passes(id string) bool { return s.keep == nil || s.keep(id) }

// isRange reports whether all records of the range are selected.
func (s *selection) isRange() bool { return s.limit < 0 && s.keep == nil }

// empty reports whether nothing can be selected, or no more.
func (s *selection) empty() bool { return s.limit == 0 || !s.span.Before(s.span.From) }

// pageRows is how many rows to ask for: all that the limit allows, as far as one
// page goes, since a selection with a limit is mostly read to its end. Without a
// limit, or where it does not count all rows, it is most.
func (s *selection) pageRows(most int) int {
	if s.limit > 0 && s.keep == nil {
		return min(s.limit, largePage)
	}
	return most
}

var errNoSelection = fmt.Errorf("%w: a Selection that no store has made", ErrInvalid)
