package memstore

import (
	"context"

	"github.com/tidwall/btree"

	"github.com/keyfam/keyfam/store/driver"
)

// space holds the records of one namespace: an index for reads by key and a
// tree of the same rows for scans. Overwriting a record changes the shape of
// neither.
type space struct {
	index map[driver.Key]entry
	rows  *btree.BTreeG[*row]
	age   int // the number of snapshots so far
}

// row is one record. A row that is older than the latest snapshot is shared
// with it: it is replaced, never changed. The bytes of a value are never
// changed.
type row struct {
	key     driver.Key
	value   []byte
	version driver.Version
	born    int // the age of the space when the row was made
}

func newSpace() *space {
	byKey := func(a, b *row) bool { return a.key.Compare(b.key) < 0 }
	return &space{
		index: map[driver.Key]entry{},
		rows:  btree.NewBTreeGOptions(byKey, btree.Options{NoLocks: true}),
	}
}

// entry holds what a read by key returns. The row holds the same, but looking
// there would cost another cache miss.
type entry struct {
	value   []byte
	version driver.Version
	row     *row
}

// answer fills a record field by field. Building one and copying it would
// stall the read for longer than the lookup of a cached row takes.
func (e *entry) answer(into *driver.Record) {
	into.Value, into.Version, into.Exists, into.Epoch, into.Shared = e.value, e.version, e.row != nil, 0, true
}

// page reads rows in the order of the query. A value costs nothing, so every
// row has its value.
func page(rows *btree.BTreeG[*row], q driver.Query) (p driver.Page) {
	walk(rows, q.Range, q.Reverse, func(one *row) bool {
		if len(p.Rows) == q.Limit {
			p.More = true
			return false
		}
		p.Rows = append(p.Rows, driver.Row{Key: one.key, Value: one.value, Version: one.version, Shared: true})
		return true
	})
	return p
}

// walk visits the rows of a range until visit answers false.
func walk(rows *btree.BTreeG[*row], r driver.Range, reverse bool, visit func(*row) bool) {
	if !reverse {
		rows.Ascend(&row{key: r.From}, func(one *row) bool { return r.Before(one.key) && visit(one) })
		return
	}
	down := func(one *row) bool {
		if !r.Before(one.key) {
			return true // the range's end, which is not in it
		}
		return one.key.Compare(r.From) >= 0 && visit(one)
	}
	if r.To == (driver.Key{}) {
		rows.Reverse(down)
	} else {
		rows.Descend(&row{key: r.To}, down)
	}
}

func count(rows *btree.BTreeG[*row], r driver.Range) (n int) {
	walk(rows, r, false, func(*row) bool { n++; return true })
	return n
}

// check compares what the commit has read with the rows.
func (s *space) check(c *driver.Commit) error {
	for i := range c.Checks {
		if s.index[c.Checks[i].Key].version != c.Checks[i].Version {
			return driver.ErrConflict
		}
	}
	for i := range c.Ranges {
		if !s.stands(&c.Ranges[i]) {
			return driver.ErrConflict
		}
	}
	return nil
}

func (s *space) stands(c *driver.RangeCheck) bool {
	count, sum := 0, driver.Version(0)
	walk(s.rows, c.Range, false, func(one *row) bool {
		count++
		sum += one.version
		return count <= c.Count
	})
	return count == c.Count && (c.CountOnly || sum == c.Sum)
}

func (s *space) apply(c *driver.Commit) {
	for _, r := range c.Deletes {
		s.deleteRange(r)
	}
	for i := range c.Writes {
		if w := &c.Writes[i]; w.Delete {
			s.delete(w.Key)
		} else {
			s.put(w.Key, w.Value, c.Stamp)
		}
	}
}

func (s *space) put(k driver.Key, value []byte, version driver.Version) {
	r := s.index[k].row
	if r != nil && r.born == s.age {
		r.value, r.version = value, version
	} else {
		r = &row{k, value, version, s.age}
		s.rows.Set(r)
	}
	s.index[k] = entry{value, version, r}
}

func (s *space) delete(k driver.Key) {
	if r := s.index[k].row; r != nil {
		delete(s.index, k)
		s.rows.Delete(r)
	}
}

func (s *space) deleteRange(r driver.Range) {
	if r == driver.Visible {
		s.deleteVisible()
		return
	}
	var gone []driver.Key
	walk(s.rows, r, false, func(one *row) bool { gone = append(gone, one.key); return true })
	for _, k := range gone {
		s.delete(k)
	}
}

// deleteVisible replaces the space by one with only keyfam's own rows. They
// are few and sort first.
func (s *space) deleteVisible() {
	fresh := newSpace()
	fresh.age = s.age
	s.rows.Scan(func(r *row) bool {
		if driver.Visible.Contains(r.key) {
			return false
		}
		fresh.put(r.key, r.value, r.version)
		return true
	})
	*s = *fresh
}

// holdsRecords reports whether there is a record besides keyfam's own, which
// sort first.
func (s *space) holdsRecords() bool {
	last, ok := s.rows.Max()
	return ok && driver.Visible.Contains(last.key)
}

// snapshot copies the tree in constant time: the copies share nodes until one
// changes. From now on all rows of the space are older than the snapshot.
func (s *space) snapshot() *snapshot {
	s.age++
	return &snapshot{s.rows.Copy()}
}

// snapshot holds the rows of one point in time.
type snapshot struct {
	rows *btree.BTreeG[*row]
}

// Read looks the keys up.
func (s *snapshot) Read(ctx context.Context, _ string, keys []driver.Key, into []driver.Record) error {
	for i, k := range keys {
		var e entry
		if r, ok := s.rows.Get(&row{key: k}); ok {
			e = entry{r.value, r.version, r}
		}
		e.answer(&into[i])
	}
	return ctx.Err()
}

// Scan walks the rows.
func (s *snapshot) Scan(ctx context.Context, _ string, q driver.Query) (driver.Page, error) {
	return page(s.rows, q), ctx.Err()
}

// Count counts rows.
func (s *snapshot) Count(ctx context.Context, _ string, r driver.Range) (driver.Counted, error) {
	return driver.Counted{Records: count(s.rows, r)}, ctx.Err()
}

// Close does nothing. The collector frees a snapshot that nobody uses.
func (s *snapshot) Close() error { return nil }
