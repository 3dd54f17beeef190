package derived

import (
	"bytes"
	"context"

	"github.com/keyfam/keyfam/store"
)

// Writes are writes of records that have derived rows. They are judged by
// their end state: only the last write of an id counts. The zero Writes are
// empty.
type Writes struct{ list []write }

type write struct {
	rules  Rules
	record Row
	delete bool
}

// Put adds the value of a record.
func (w *Writes) Put(rules Rules, record Row) {
	w.list = append(w.list, write{rules: rules, record: record})
}

// Delete adds the removal of a record.
func (w *Writes) Delete(rules Rules, family, id string) {
	w.list = append(w.list, write{rules, Row{Family: family, ID: id}, true})
}

// Empty reports whether there are no writes.
func (w *Writes) Empty() bool { return len(w.list) == 0 }

// Apply makes the writes in a transaction: the rows of the old records go,
// those of the new ones come. Old records are read in one call for each
// family, and so are the rows that may have to go: a row that by now belongs
// to another record stays. If several records have the same row, the last
// write owns it.
func (w *Writes) Apply(ctx context.Context, tx *store.Tx) error {
	last := w.last()
	stale, err := replaced(ctx, tx, last)
	if err != nil {
		return err
	}
	var ds store.DataSet
	for _, s := range stale {
		ds.Delete(s.family, s.id)
	}
	for _, one := range last {
		one.add(&ds)
	}
	return tx.Set(ctx, &ds)
}

// last returns the last write of each id, in the order in which they were
// added.
func (w *Writes) last() []write {
	at := make(map[spot]int, len(w.list))
	for i := range w.list {
		at[w.list[i].record.spot()] = i
	}
	var last []write
	for i := range w.list {
		if at[w.list[i].record.spot()] == i {
			last = append(last, w.list[i])
		}
	}
	return last
}

// add adds the record and its rows to a data set. A later row takes the place
// of an earlier one, and of its removal.
func (w *write) add(ds *store.DataSet) {
	if w.delete {
		ds.Delete(w.record.Family, w.record.ID)
		return
	}
	ds.Put(w.record.Family, w.record.ID, w.record.Value)
	for _, row := range w.rules.Rows(w.record.ID, w.record.Value) {
		ds.Put(row.Family, row.ID, row.Value)
	}
}

// replaced returns where the rows are that belonged to the old records and do
// not belong to the new ones.
func replaced(ctx context.Context, tx *store.Tx, writes []write) (spots []spot, err error) {
	rows, err := oldRows(ctx, tx, writes)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	for _, row := range rows {
		spots = append(spots, row.spot())
	}
	there, err := read(ctx, tx, spots)
	spots = spots[:0]
	for _, row := range rows {
		if value, ok := there[row.spot()]; ok && bytes.Equal(value, row.Value) {
			spots = append(spots, row.spot())
		}
	}
	return spots, err
}

// oldRows returns the rows of the records as they were, without those that the
// new records have as well.
func oldRows(ctx context.Context, tx *store.Tx, writes []write) (rows []Row, err error) {
	records := make([]spot, len(writes))
	for i := range writes {
		records[i] = writes[i].record.spot()
	}
	old, err := read(ctx, tx, records)
	if err != nil {
		return nil, err
	}
	for _, w := range writes {
		value, ok := old[w.record.spot()]
		if !ok {
			continue
		}
		for _, row := range w.rules.Rows(w.record.ID, value) {
			if w.delete || !has(w.rules, w.record, row) {
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}
