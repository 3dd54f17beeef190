package store

import (
	"context"
	"slices"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// DataSet is a set of writes, to any families, that [Store.Set] and [Tx.Set]
// apply as one. The zero DataSet is empty and ready to use. It may be applied
// more than once. It is not safe for concurrent use while it is being built.
type DataSet struct{ in hidden.Pointer[writes] }

// writes is what a DataSet holds, hidden from printers.
type writes struct {
	list  []driver.Write
	first [1]driver.Write // most sets have one write: no slice to allocate
}

// writes returns the puts and deletes so far, in that order.
func (d *DataSet) writes() []driver.Write {
	if d == nil || d.in.Get() == nil {
		return nil
	}
	return d.in.Get().list
}

// Put adds a record. The value is copied; an empty value is a value. A later
// Put or Delete of the same id replaces this one.
func (d *DataSet) Put(family, id string, value []byte) *DataSet {
	return d.add(driver.Write{Key: driver.Key{Family: family, ID: id}, Value: clone(value)})
}

// Delete removes a record; one that is absent is no error. A later Put or
// Delete of the same id replaces this one.
func (d *DataSet) Delete(family, id string) *DataSet {
	return d.add(driver.Write{Key: driver.Key{Family: family, ID: id}, Delete: true})
}

// Len is the count of Puts and Deletes so far.
func (d *DataSet) Len() int {
	return len(d.writes())
}

func (d *DataSet) add(w driver.Write) *DataSet {
	all := d.in.Get()
	if all == nil {
		all = new(writes)
		all.list = all.first[:0]
		d.in = hidden.To(all)
	}
	all.list = append(all.list, w)
	return d
}

// check returns the first error of the writes and names the family. Of several
// writes of one id only the last counts towards the size of the commit.
func (d *DataSet) check(ctx context.Context, l *limits) (family string, err error) {
	for i := range d.writes() {
		w := &d.writes()[i]
		if err := checkFamily(ctx, w.Key.Family); err != nil {
			return "", err
		}
		if err := l.checkID(w.Key.ID); err != nil {
			return w.Key.Family, err
		}
		if err := l.checkValue(w.Value); err != nil {
			return w.Key.Family, err
		}
	}
	if _, err := l.checkCommit(&driver.Commit{Writes: d.writes()}); err != nil {
		return l.checkCommit(&driver.Commit{Writes: d.sorted(nil)})
	}
	return "", nil
}

// sorted returns the writes by key, each key once, with its last write. It
// uses the storage of into. The DataSet itself keeps its order.
func (d *DataSet) sorted(into []driver.Write) []driver.Write {
	ws := append(into[:0], d.writes()...)
	if len(ws) <= 1 {
		return ws
	}
	slices.SortStableFunc(ws, func(a, b driver.Write) int { return a.Key.Compare(b.Key) })
	out := ws[:0]
	for i, w := range ws {
		if i+1 < len(ws) && ws[i+1].Key == w.Key {
			continue
		}
		out = append(out, w)
	}
	clear(ws[len(out):])
	return out
}

// clone copies bytes; the copy of no bytes is empty, not nil.
func clone(b []byte) []byte {
	c := make([]byte, len(b))
	copy(c, b)
	return c
}
