package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// overlay holds the uncommitted writes of one attempt, nested transactions
// included. Every change remembers the scope that made it, so that the error of
// a nested transaction undoes its changes by marking the scope, whatever other
// goroutines wrote meanwhile.
type overlay struct {
	changes int // made so far; orders writes and clears
	clears  []clearing
	entries []*entry
	index   map[driver.Key]*entry // built when entries are many
	first   [2]entry              // storage of the first entries
	refs    [2]*entry             // and of the slice of them
	sorted  []*entry              // the first len(sorted) entries by key, for scans
}

// scope is one transaction of a nest; the outermost has no parent.
type scope struct {
	parent *scope
	undone bool
}

// stands says that neither the scope nor one around it was undone.
func (s *scope) stands() bool {
	for ; s != nil; s = s.parent {
		if s.undone {
			return false
		}
	}
	return true
}

type clearing struct {
	scope *scope
	at    int
}

// entry is the changes of one record, the latest first.
type entry struct {
	key    driver.Key
	latest change
}

type change struct {
	scope   *scope
	at      int
	value   []byte
	deleted bool
	earlier *change
}

// fewEntries is how many are searched one by one rather than by a map.
const fewEntries = 8

func (o *overlay) find(k driver.Key) *entry {
	if o.index != nil {
		return o.index[k]
	}
	for _, e := range o.entries {
		if e.key == k {
			return e
		}
	}
	return nil
}

// write records a change; value belongs to the overlay from now on.
func (o *overlay) write(s *scope, w *driver.Write) {
	o.changes++
	c := change{scope: s, at: o.changes, value: w.Value, deleted: w.Delete}
	e := o.find(w.Key)
	if e == nil {
		o.add(w.Key, c)
		return
	}
	if e.latest.scope != s {
		before := e.latest
		c.earlier = &before
	} else {
		c.earlier = e.latest.earlier
	}
	e.latest = c
}

func (o *overlay) add(k driver.Key, c change) {
	var e *entry
	if n := len(o.entries); n < len(o.first) {
		e = &o.first[n]
	} else {
		e = new(entry)
	}
	e.key, e.latest = k, c
	if o.entries == nil {
		o.entries = o.refs[:0]
	}
	o.entries = append(o.entries, e)
	if o.index != nil {
		o.index[k] = e
	} else if len(o.entries) > fewEntries {
		o.index = make(map[driver.Key]*entry, 4*fewEntries)
		for _, e := range o.entries {
			o.index[e.key] = e
		}
	}
}

func (o *overlay) clear(s *scope) {
	o.changes++
	o.clears = append(o.clears, clearing{scope: s, at: o.changes})
}

// clearedAt is when the latest Clear that stands was made, 0 if there is none.
func (o *overlay) clearedAt() int {
	for _, c := range slices.Backward(o.clears) {
		if c.scope.stands() {
			return c.at
		}
	}
	return 0
}

// cleared says that a Clear hides what the backend holds under k.
func (o *overlay) cleared(k driver.Key) bool {
	return len(o.clears) > 0 && driver.ClearRange.Contains(k) && o.clearedAt() > 0
}

// standing is the change of an entry that a reader sees, nil if there is none.
func (o *overlay) standing(e *entry) *change {
	for c := &e.latest; c != nil; c = c.earlier {
		if !c.scope.stands() {
			continue
		}
		if o.cleared(e.key) && c.at < o.clearedAt() {
			return nil
		}
		return c
	}
	return nil
}

// get answers what the attempt itself has made of a record; known is false if
// the backend has the say.
func (o *overlay) get(k driver.Key) (value []byte, exists, known bool) {
	if e := o.find(k); e != nil {
		if c := o.standing(e); c != nil {
			return c.value, !c.deleted, true
		}
	}
	return nil, false, o.cleared(k)
}

// next is the first entry of the range, in key order, that has a standing
// change.
func (o *overlay) next(r driver.Range) (*entry, *change) {
	o.sort()
	i, _ := slices.BinarySearchFunc(o.sorted, r.From, func(e *entry, k driver.Key) int { return e.key.Compare(k) })
	for _, e := range o.sorted[i:] {
		if !r.Before(e.key) {
			break
		}
		if c := o.standing(e); c != nil {
			return e, c
		}
	}
	return nil, nil
}

// sort brings new entries into order. A scan that writes as it goes adds one
// entry at a time, mostly behind all others.
func (o *overlay) sort() {
	fresh := o.entries[len(o.sorted):]
	if len(fresh) > fewEntries {
		o.sorted = append(o.sorted, fresh...)
		slices.SortFunc(o.sorted, func(a, b *entry) int { return a.key.Compare(b.key) })
		return
	}
	for _, e := range fresh {
		i, _ := slices.BinarySearchFunc(o.sorted, e.key, func(e *entry, k driver.Key) int { return e.key.Compare(k) })
		o.sorted = slices.Insert(o.sorted, i, e)
	}
}

// commit is the writes to apply, ascending by key, and whether to clear before.
func (o *overlay) commit(into []driver.Write) (writes []driver.Write, clear bool) {
	writes, clear = into, o.clearedAt() > 0
	for _, e := range o.entries {
		c := o.standing(e)
		if c == nil || c.deleted && o.cleared(e.key) {
			continue
		}
		writes = append(writes, driver.Write{Key: e.key, Value: c.value, Delete: c.deleted})
	}
	if len(writes) > 1 {
		slices.SortFunc(writes, func(a, b driver.Write) int { return a.Key.Compare(b.Key) })
	}
	return writes, clear
}
