package family

import (
	"fmt"

	"github.com/keyfam/keyfam/store"
)

// Selection is some of the records of one family: those in a range of ids, in
// ascending order unless it is reversed, and at most so many. [Reader.Select]
// begins one, and so does Of followed by a part of the id in generated code.
// Each method that narrows it returns another Selection. Nothing is read before
// one of its verbs is called.
//
// Bounds are ids, compared by their text. They need not be ids of records, mean
// the same in both directions, and the narrowest of several counts.
//
// Errors: a bound without a text or a negative limit is an error of the verb,
// [store.ErrInvalid].
type Selection[I ID, V any] struct {
	family *Family[I, V]
	picked picked
}

// picked is what a selection is apart from its types.
type picked struct {
	handle   store.Handle
	core     store.Selection
	narrowed bool  // it may be less than the family
	err      error // the first mistake
}

// Select begins a selection with all records of the family.
func (r Reader[I, V]) Select() Selection[I, V] {
	core := r.handle.Select(r.family.Name)
	if rules := rulesOf(r.family); rules != nil {
		core = core.Where(func(id string) bool { return !rules.Hides(id) })
	}
	return Selection[I, V]{r.family, picked{handle: r.handle, core: core}}
}

// Of begins a selection with the records whose ids start with prefix. If invalid
// is not nil, it is the error of every verb. Generated code calls it.
func Of[I ID, V any](r Reader[I, V], prefix string, invalid error) Selection[I, V] {
	s := r.Select()
	s.picked.narrow(store.Selection.Prefix, prefix, invalid)
	return s
}

// From selects the ids that are not below id.
func (s Selection[I, V]) From(id I) Selection[I, V] { return bound(s, store.Selection.From, id) }

// After selects the ids above id.
func (s Selection[I, V]) After(id I) Selection[I, V] { return bound(s, store.Selection.After, id) }

// Before selects the ids below id.
func (s Selection[I, V]) Before(id I) Selection[I, V] { return bound(s, store.Selection.Before, id) }

// Until selects the ids that are not above id.
func (s Selection[I, V]) Until(id I) Selection[I, V] { return bound(s, store.Selection.Until, id) }

// Reverse turns the order around.
func (s Selection[I, V]) Reverse() Selection[I, V] {
	s.picked.core = s.picked.core.Reverse()
	return s
}

// Limit selects the first n records, in the selection's order. A limit of 0
// selects nothing, and of several the least counts.
func (s Selection[I, V]) Limit(n int) Selection[I, V] {
	s.picked.core, s.picked.narrowed = s.picked.core.Limit(n), true
	return s
}

// bound narrows a selection by an id.
func bound[I ID, V any](s Selection[I, V], by func(store.Selection, string) store.Selection, id I) Selection[I, V] {
	if s.family == nil {
		return s
	}
	text, err := formatID(s.family, id)
	s.picked.narrow(by, text, err)
	return s
}

func (p *picked) narrow(by func(store.Selection, string) store.Selection, text string, err error) {
	p.narrowed = true
	switch {
	case p.err != nil:
	case err != nil:
		p.err = err
	default:
		p.core = by(p.core, text)
	}
}

// mistake is the error of a verb of a selection that nothing can be selected by.
func mistake[I ID, V any](s Selection[I, V], op string) error {
	if s.family == nil {
		return fail(op, "", fmt.Errorf("%w: a Selection that no accessor has made", store.ErrInvalid))
	}
	return fail(op, s.family.Name, s.picked.err)
}
