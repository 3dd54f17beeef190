package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// overlay holds the uncommitted writes of one attempt, nested transactions
// included. Every change remembers the scope that made it. So the error of a
// nested transaction takes out only its own changes, whatever other goroutines
// wrote meanwhile.
type overlay struct {
	changes int       // made so far; orders writes and removals
	removed *removals // nil if there are none
	entries []*entry
	index   map[driver.Key]*entry // made when there are many entries
	first   [2]entry              // storage of the first entries
	refs    [2]*entry             // storage of the first references to them
	walk    *walk                 // made by the first scan
}

// walk is what scans need of an overlay.
type walk struct {
	entries ordered[*entry]
	listed  int // how many of the overlay's entries are in it
	// Where scans have found no record: read, or removed, and deleted. What they
	// found beside a removal is kept apart, since it ends when one is undone.
	empty, removed spans
}

// found is where to note what a scan finds now.
func (w *walk) found(removed bool) *spans {
	if removed {
		return &w.removed
	}
	return &w.empty
}

// cut notes that there may be a record at k.
func (w *walk) cut(k driver.Key) {
	w.empty.cut(k)
	w.removed.cut(k)
}

// entry is the changes of one record, the latest first. All of them may have
// been undone.
type entry struct {
	key    driver.Key
	latest change // without a scope it is none
}

func (e *entry) place() driver.Key { return e.key }

// change is one write to a record.
type change struct {
	scope   *scope
	at      int
	value   []byte
	deleted bool
	earlier *change
}

// fewEntries is how many entries are searched one by one. More have a map.
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

// write records a change. The value belongs to the overlay from now on.
func (o *overlay) write(s *scope, w *driver.Write) {
	if s.undone {
		return
	}
	o.changes++
	c := change{scope: s, at: o.changes, value: w.Value, deleted: w.Delete}
	e := o.find(w.Key)
	if e == nil {
		e = o.add(w.Key)
	}
	e.change(c)
	if o.walk != nil && !w.Delete {
		o.walk.cut(w.Key)
	}
}

// change makes c the latest change. Of the changes that would be undone
// together it keeps only the latest.
func (e *entry) change(c change) {
	switch before := &e.latest; {
	case before.scope == nil:
		c.scope.note(e)
	case before.scope.open() == c.scope:
		c.earlier = before.earlier
	default:
		if next := before.earlier; next != nil && next.scope.open() == before.scope.open() {
			before.earlier = next.earlier
		}
		c.earlier = new(change)
		*c.earlier = *before
		c.scope.note(e)
	}
	e.latest = c
}

// drop removes the changes of a scope.
func (e *entry) drop(s *scope) {
	for e.latest.scope != nil && e.latest.scope.open() == s {
		if e.latest.earlier == nil {
			e.latest = change{}
			return
		}
		e.latest = *e.latest.earlier
	}
	for c := &e.latest; c.earlier != nil; {
		if c.earlier.scope.open() == s {
			c.earlier = c.earlier.earlier
		} else {
			c = c.earlier
		}
	}
}

func (o *overlay) add(k driver.Key) *entry {
	var e *entry
	if n := len(o.entries); n < len(o.first) {
		e = &o.first[n]
	} else {
		e = new(entry)
	}
	e.key = k
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
	return e
}

// remove deletes all records of a range.
func (o *overlay) remove(s *scope, span driver.Range) {
	if s.undone {
		return
	}
	if o.removed == nil {
		o.removed = new(removals)
	}
	o.changes++
	o.removed.add(removal{scope: s, at: o.changes, span: span})
	s.removed = true
}

// undo removes the changes of a scope, and makes the overlay ignore later
// ones.
func (o *overlay) undo(s *scope) {
	s.undone = true
	for _, e := range s.changed {
		e.drop(s)
		if o.walk != nil {
			o.walk.cut(e.key)
		}
	}
	s.changed = nil
	if s.removed {
		for _, span := range o.removed.undo(s) {
			if o.walk != nil {
				o.walk.removed.cutRange(span)
			}
		}
	}
}

// standing is the change of an entry that a reader sees, nil if there is none.
func (o *overlay) standing(e *entry) *change {
	c := &e.latest
	if c.scope == nil || c.at < o.removed.at(e.key) {
		return nil
	}
	return c
}

// get returns a record as the attempt itself has changed it. If known is
// false, the backend decides.
func (o *overlay) get(k driver.Key) (value []byte, exists, known bool) {
	if e := o.find(k); e != nil {
		if c := o.standing(e); c != nil {
			return c.value, !c.deleted, true
		}
	}
	return nil, false, o.removed.at(k) > 0
}

// near is where a scan is in the entries of the overlay.
type near struct {
	at      cursor
	changes int
	set     bool
}

// next returns the first entry of the range, in key order, and its standing
// change, nil if it has none. It starts at n if that is still valid.
func (o *overlay) next(r driver.Range, n *near) (e *entry, c *change) {
	if len(o.entries) == 0 {
		return nil, nil
	}
	in := o.list()
	if !n.set || n.changes != in.changes {
		*n = near{in.seek(r.From), in.changes, true}
	}
	for {
		e, ok := in.at(n.at)
		if !ok || !r.Before(e.key) {
			return nil, nil
		}
		if e.key.Compare(r.From) >= 0 {
			return e, o.standing(e)
		}
		n.at = in.next(n.at)
	}
}

// previous is next from the end of the range down, which must have one. n is at
// the entry behind.
func (o *overlay) previous(r driver.Range, n *near) (e *entry, c *change) {
	if len(o.entries) == 0 {
		return nil, nil
	}
	in := o.list()
	if !n.set || n.changes != in.changes {
		*n = near{in.seek(r.To), in.changes, true}
	}
	for {
		at, ok := in.before(n.at)
		if !ok {
			return nil, nil
		}
		e, _ := in.at(at)
		if e.key.Compare(r.From) < 0 {
			return nil, nil
		}
		if r.Before(e.key) {
			return e, o.standing(e)
		}
		n.at = at
	}
}

// list brings new entries into order.
func (o *overlay) list() *ordered[*entry] {
	if o.walk == nil {
		o.walk = &walk{}
	}
	for _, e := range o.entries[o.walk.listed:] {
		o.walk.entries.add(e)
	}
	o.walk.listed = len(o.entries)
	return &o.walk.entries
}

// foundEmpty notes that a scan has found no record in the range.
func (o *overlay) foundEmpty(r driver.Range) {
	if o.walk != nil {
		o.walk.found(o.removed.any()).add(r)
	}
}

// skip returns where a scan at k may go on: behind the keys that are known to
// be empty.
func (o *overlay) skip(k driver.Key) driver.Key {
	if o.walk == nil {
		return k
	}
	for {
		r, ok := o.walk.empty.around(k)
		if !ok {
			r, ok = o.walk.removed.around(k)
		}
		if !ok {
			return k
		}
		k = r.To
	}
}

// skipDown is skip for a scan that has come down to k, exclusive.
func (o *overlay) skipDown(k driver.Key) driver.Key {
	if o.walk == nil {
		return k
	}
	for {
		r, ok := o.walk.empty.below(k)
		if !ok {
			r, ok = o.walk.removed.below(k)
		}
		if !ok {
			return k
		}
		k = r.From
	}
}

// hasIn reports whether the attempt has changed anything in a range.
func (o *overlay) hasIn(r driver.Range) bool {
	if o.removed.meets(r) {
		return true
	}
	var n near
	e, _ := o.next(r, &n)
	return e != nil
}

// result returns the writes to commit, ascending by key, and the ranges to
// delete before them.
func (o *overlay) result(into []driver.Write) (writes []driver.Write, deletes []driver.Range) {
	writes = into
	for _, e := range o.entries {
		c := o.standing(e)
		if c == nil || c.deleted && o.removed.at(e.key) > 0 {
			continue
		}
		writes = append(writes, driver.Write{Key: e.key, Value: c.value, Delete: c.deleted})
	}
	if len(writes) > 1 {
		slices.SortFunc(writes, func(a, b driver.Write) int { return a.Key.Compare(b.Key) })
	}
	return writes, o.removed.ranges()
}
