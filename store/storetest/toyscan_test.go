package storetest

import (
	"context"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

func (tx *toyTx) Scan(ctx context.Context, family, prefix string) store.Records {
	return func(yield func(store.Record, error) bool) {
		err := tx.a.s.checkPrefix(ctx, family, prefix)
		if err == nil {
			err = tx.walk(ctx, toyRange(family, prefix), 32, func(k driver.Key, value []byte) bool {
				return yield(store.Record{ID: k.ID, Value: value}, nil)
			})
		}
		if err != nil && !tx.a.s.e.is("scan hides its error") {
			yield(store.Record{}, tx.a.s.fail("scan", family, err))
		}
	}
}

// walk yields the merged records of a range page by page and notes the range
// that it has passed.
func (tx *toyTx) walk(ctx context.Context, r driver.Range, limit int, yield func(k driver.Key, value []byte) bool) error {
	var rows []driver.Row
	more, ahead := true, r
	at := -1 // of the page's range
	var frozen map[driver.Key]driver.Write
	for {
		if err := tx.lock(ctx); err != nil {
			return err
		}
		a := tx.a
		hidden := a.cleared && driver.Visible.Contains(r.From) && !a.s.e.is("reads see through Clear")
		for !a.anyLeft(rows) && more && !hidden {
			page, err := a.s.page(ctx, a.reader, ahead, limit)
			if err == nil {
				at = a.passed(ahead, page)
				rows, more = append(rows, page.Rows...), page.More
				if more {
					ahead.From = toyAfter(rows[len(rows)-1].Key)
				}
			}
			if err := a.noted(ctx, err); err != nil {
				a.mu.Unlock()
				return err
			}
			for len(rows) > 0 && rows[0].Key.Compare(r.From) < 0 {
				rows = rows[1:]
			}
		}
		if frozen == nil || !a.s.e.is("a loop does not see its writes") {
			frozen = maps.Clone(a.writes)
		}
		k, value, ok := a.first(frozen, r, rows, hidden)
		a.mu.Unlock()
		if !ok {
			return nil
		}
		r.From = toyAfter(k)
		for len(rows) > 0 && rows[0].Key.Compare(k) <= 0 {
			rows = rows[1:]
		}
		if value != nil && !yield(k, value) {
			a.mu.Lock()
			a.stop(at, k)
			a.mu.Unlock()
			return nil
		}
	}
}

// anyLeft reports whether one of the rows is not in a removed range.
func (a *toyAttempt) anyLeft(rows []driver.Row) bool {
	return slices.ContainsFunc(rows, func(row driver.Row) bool { return !toyContains(a.removed, row.Key) })
}

// passed notes the range that a page shows.
func (a *toyAttempt) passed(r driver.Range, page driver.Page) (at int) {
	c := driver.RangeCheck{Range: r, Count: len(page.Rows)}
	for _, row := range page.Rows {
		c.Sum += row.Version
	}
	if page.More {
		c.Range.To = toyAfter(page.Rows[len(page.Rows)-1].Key)
	}
	if a.s.e.is("ranges closed at the last row") {
		if len(page.Rows) == 0 {
			return -1
		}
		c.Range.To = toyAfter(page.Rows[len(page.Rows)-1].Key)
	}
	if a.s.e.is("scans not validated") || a.s.e.is("Families not validated") && r.To == (driver.Key{}) {
		return -1
	}
	a.ranges = append(a.ranges, c)
	return len(a.ranges) - 1
}

// stop does nothing in the correct toy, which checks the whole page.
func (a *toyAttempt) stop(at int, k driver.Key) {
	if at >= 0 && !a.ranges[at].Range.Contains(k) && a.s.e.is("a stopped scan claims what it did not read") {
		a.ranges[at].Range.To = toyAfter(k)
	}
	if a.s.e.is("a stopped scan is not validated") && at >= 0 {
		a.ranges = slices.Delete(a.ranges, at, at+1)
	}
	if _, own := a.writes[k]; own && at >= 0 && a.s.e.is("a scan stopped on an own write is not validated") {
		a.ranges = slices.Delete(a.ranges, at, at+1)
	}
}

// first returns the first record of the range, from the rows or the writes. A
// nil value is a deletion.
func (a *toyAttempt) first(writes map[driver.Key]driver.Write, r driver.Range, rows []driver.Row, hidden bool) (k driver.Key, value []byte, ok bool) {
	for len(rows) > 0 && toyContains(a.removed, rows[0].Key) {
		rows = rows[1:]
	}
	if len(rows) > 0 && !hidden {
		k, value, ok = rows[0].Key, toyCopy(rows[0].Value), true
	}
	if a.s.e.is("scans do not see own writes") {
		return k, value, ok
	}
	for own, w := range writes {
		if r.Contains(own) && (!ok || own.Compare(k) <= 0) {
			k, value, ok = own, nil, true
			if !w.Delete {
				value = toyCopy(w.Value)
			}
		}
	}
	return k, value, ok
}

func (tx *toyTx) Families(ctx context.Context) (names []string, err error) {
	from := driver.Visible.From
	for found := true; found && err == nil; {
		found = false
		err = tx.walk(ctx, driver.Range{From: from}, 1, func(k driver.Key, _ []byte) bool {
			names = append(names, k.Family)
			from, found = driver.Key{Family: k.Family + "\x00"}, true
			return false
		})
	}
	return names, tx.a.s.fail("families", "", err)
}
