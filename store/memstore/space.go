package memstore

import (
	"context"

	"github.com/tidwall/btree"

	"github.com/keyfam/keyfam/store/driver"
)

// space is the records of one namespace: an index for reads by key and a tree
// for scans. A nil space is empty.
type space struct {
	index map[driver.Key]stored
	rows  *btree.BTreeG[row]
}

// stored bytes are never changed, only replaced.
type stored struct {
	value   []byte
	version driver.Version
}

type row struct {
	key driver.Key
	stored
}

func newSpace() *space {
	byKey := func(a, b row) bool { return a.key.Compare(b.key) < 0 }
	return &space{
		index: map[driver.Key]stored{},
		rows:  btree.NewBTreeGOptions(byKey, btree.Options{NoLocks: true}),
	}
}

func (s *space) record(k driver.Key) driver.Record {
	if s == nil {
		return driver.Record{}
	}
	r, ok := s.index[k]
	return driver.Record{Value: r.value, Version: r.version, Exists: ok, Shared: true}
}

func (s *space) page(r driver.Range, limit int) (p driver.Page) {
	if s == nil {
		return p
	}
	return page(s.rows, r, limit)
}

func page(rows *btree.BTreeG[row], r driver.Range, limit int) (p driver.Page) {
	rows.Ascend(row{key: r.From}, func(one row) bool {
		if !r.Before(one.key) {
			return false
		}
		if len(p.Rows) == limit {
			p.More = true
			return false
		}
		p.Rows = append(p.Rows, driver.Row{Key: one.key, Value: one.value, Version: one.version, Shared: true})
		return true
	})
	return p
}

// check compares what was read with what is there.
func (s *space) check(c *driver.Commit) error {
	for _, one := range c.Checks {
		if s.record(one.Key).Version != one.Version {
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
	if s == nil {
		return c.Count == 0
	}
	count, sum := 0, driver.Version(0)
	s.rows.Ascend(row{key: c.Range.From}, func(one row) bool {
		if !c.Range.Before(one.key) {
			return false
		}
		count++
		sum += one.version
		return count <= c.Count
	})
	return count == c.Count && sum == c.Sum
}

func (s *space) apply(c *driver.Commit) {
	if c.Clear {
		s.clear()
	}
	for i := range c.Writes {
		w := &c.Writes[i]
		if w.Delete {
			s.delete(w.Key)
			continue
		}
		v := stored{w.Value, c.Stamp}
		s.index[w.Key] = v
		s.rows.Set(row{w.Key, v})
	}
}

func (s *space) delete(k driver.Key) {
	if _, ok := s.index[k]; ok {
		delete(s.index, k)
		s.rows.Delete(row{key: k})
	}
}

// clear starts afresh with the rows that a Clear leaves, which are few.
func (s *space) clear() {
	kept := newSpace()
	s.rows.Scan(func(one row) bool {
		if driver.ClearRange.Contains(one.key) {
			return false
		}
		kept.index[one.key] = one.stored
		kept.rows.Set(one)
		return true
	})
	*s = *kept
}

// holdsRecords says whether there is a record besides keyfam's own.
func (s *space) holdsRecords() bool {
	last, ok := s.rows.Max()
	return ok && driver.ClearRange.Contains(last.key)
}

func (s *space) copy() *btree.BTreeG[row] {
	if s == nil {
		return newSpace().rows
	}
	return s.rows.Copy()
}

// snapshot is a copy of a space's tree.
type snapshot struct {
	rows *btree.BTreeG[row]
}

// Read looks the keys up in the copy.
func (s *snapshot) Read(ctx context.Context, _ string, keys []driver.Key, into []driver.Record) error {
	for i, k := range keys {
		one, ok := s.rows.Get(row{key: k})
		into[i] = driver.Record{Value: one.value, Version: one.version, Exists: ok, Shared: true}
	}
	return ctx.Err()
}

// Scan walks the copy.
func (s *snapshot) Scan(ctx context.Context, _ string, r driver.Range, limit int) (driver.Page, error) {
	return page(s.rows, r, limit), ctx.Err()
}

// Close does nothing: the copy is garbage once nobody holds it.
func (s *snapshot) Close() error { return nil }
