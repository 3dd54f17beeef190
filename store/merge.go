package store

import (
	"context"
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// merge walks a range of the attempt: the backend's rows, page by page, under
// the attempt's own writes.
type merge struct {
	tx       *Tx
	reverse  bool
	keysOnly bool
	rest     driver.Range // what has not been yielded
	ahead    driver.Range // what has not been read from the backend
	rows     []driver.Row // read and not passed yet
	pages    []*rangeRead // that the walk has not passed yet; none of a snapshot's
	near     near         // where the walk is in the attempt's own writes
	limit    int          // of the next page
	undone   int          // removals.undone() when rows and ahead were right
}

// merge begins a walk.
func (tx *Tx) merge(q driver.Query) (*merge, error) {
	if err := tx.lock(); err != nil {
		return nil, err
	}
	defer tx.attempt().mu.Unlock()
	return &merge{
		tx: tx, reverse: q.Reverse, keysOnly: q.KeysOnly, rest: q.Range, ahead: q.Range, limit: q.Limit,
		undone: tx.attempt().writes.removed.undone(),
	}, nil
}

// next answers the next record, with bytes that are the caller's.
func (m *merge) next(ctx context.Context) (k driver.Key, value []byte, ok bool, err error) {
	if err := m.tx.lock(); err != nil {
		return k, nil, false, err
	}
	defer m.tx.attempt().mu.Unlock()
	m.refresh()
	start := m.rest
	passed := m.jump()
	for {
		row, e, c, err := m.first(ctx)
		if err != nil {
			return k, nil, false, err
		}
		switch {
		case e == nil && row == nil:
			m.found(passed, start)
			m.closeUsed(driver.Range{}) // all of them
			return k, nil, false, nil
		case row != nil && (e == nil || m.comesBefore(row.Key, e.key) || row.Key == e.key && c == nil):
			m.found(passed, m.upTo(start, row.Key))
			m.pass(row.Key)
			return row.Key, valueOf(row, m.keysOnly), true, nil
		case c != nil && !c.deleted:
			m.found(passed, m.upTo(start, e.key))
			m.pass(e.key)
			return e.key, m.copyOf(c.value), true, nil
		}
		m.pass(e.key)
		m.jump()
		passed = true
	}
}

func (m *merge) copyOf(value []byte) []byte {
	if m.keysOnly {
		return nil
	}
	return clone(value)
}

// comesBefore reports whether the walk comes to a before it comes to b.
func (m *merge) comesBefore(a, b driver.Key) bool {
	if m.reverse {
		a, b = b, a
	}
	return a.Compare(b) < 0
}

// upTo is the part of a range that the walk passes before it comes to k.
func (m *merge) upTo(r driver.Range, k driver.Key) driver.Range {
	if m.reverse {
		return driver.Range{From: k.Next(), To: r.To}
	}
	return driver.Range{From: r.From, To: k}
}

// refresh begins anew at the rest if a removal was undone: rows that it hid were
// not read.
func (m *merge) refresh() {
	undone := m.tx.attempt().writes.removed.undone()
	if m.undone == undone {
		return
	}
	if m.reverse {
		m.closeUsed(driver.Range{From: m.rest.To})
	} else {
		m.closeUsed(driver.Range{To: m.rest.From})
	}
	m.rows, m.ahead, m.undone = nil, m.rest, undone
	m.limit = min(m.limit, firstPage) // it may be so after each record
}

// first is the next row of the backend and the next record that the attempt has
// changed, with the change if it stands.
func (m *merge) first(ctx context.Context) (row *driver.Row, e *entry, c *change, err error) {
	if row, err = m.row(ctx); err != nil {
		return nil, nil, nil, err
	}
	if m.reverse {
		e, c = m.tx.attempt().writes.previous(m.rest, &m.near)
	} else {
		e, c = m.tx.attempt().writes.next(m.rest, &m.near)
	}
	return row, e, c, nil
}

// jump goes to the end of what is known to hold no record, and reports whether
// that is further on. What it jumps over was read, or removed, before.
func (m *merge) jump() bool {
	before, writes := m.rest, &m.tx.attempt().writes
	if m.reverse {
		m.rest.To = highest(writes.skipDown(m.rest.To), m.rest.From)
	} else if m.rest.From = writes.skip(m.rest.From); !m.rest.Before(m.rest.From) {
		m.rest.From = m.rest.To
	}
	if m.rest == before {
		return false
	}
	m.near = near{}
	m.skip()
	return true
}

func highest(a, b driver.Key) driver.Key {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// found notes that a range holds no record, if the walk has passed over some:
// then the next one need not.
func (m *merge) found(passed bool, r driver.Range) {
	if r.To == (driver.Key{}) {
		r.To = end
	}
	if passed && r.Before(r.From) {
		m.tx.attempt().writes.foundEmpty(r)
	}
}

// row is the next row of the backend that no removal of the attempt hides, nil if
// there is none. It reads a page when the last one is used up.
func (m *merge) row(ctx context.Context) (*driver.Row, error) {
	a := m.tx.attempt()
	for {
		for len(m.rows) > 0 && a.writes.removed.at(m.rows[0].Key) > 0 {
			m.rows = m.rows[1:]
		}
		if len(m.rows) > 0 {
			return &m.rows[0], nil
		}
		gap := m.gap()
		if !gap.Before(gap.From) {
			return nil, nil
		}
		m.closePassed()
		q := driver.Query{Range: gap, Limit: m.limit, Reverse: m.reverse, KeysOnly: m.keysOnly}
		page, read, err := a.readPage(ctx, q)
		if err != nil {
			return nil, err
		}
		m.rows = page.Rows
		if read != nil {
			m.pages = append(m.pages, read)
		}
		m.limit = min(2*m.limit, largePage)
		m.passed(q.Covered(&page))
		m.skip()
	}
}

// gap is what to read next: the part of what has not been read that the walk comes
// to first and that no removal of the attempt hides.
func (m *merge) gap() driver.Range {
	gap, removed := m.ahead, m.tx.attempt().writes.removed
	if m.reverse {
		if m.rest.To.Compare(gap.To) < 0 {
			gap.To = m.rest.To
		}
		return removed.lastGap(gap)
	}
	gap.From = highest(gap.From, m.rest.From)
	return removed.firstGap(gap)
}

// passed moves what has not been read behind a page.
func (m *merge) passed(page driver.Range) {
	if m.reverse {
		m.ahead.To = page.From
	} else if m.ahead.From = page.To; page.To == (driver.Key{}) {
		m.ahead = driver.Range{From: end, To: end}
	}
}

// end is above every family.
var end = driver.Key{Family: "\xff"}

// skip drops rows that the walk has passed already.
func (m *merge) skip() {
	for len(m.rows) > 0 && !m.rest.Contains(m.rows[0].Key) {
		m.rows = m.rows[1:]
	}
}

// pass moves the walk behind k.
func (m *merge) pass(k driver.Key) {
	if m.reverse {
		m.rest.To = k
	} else {
		m.rest.From = k.Next()
	}
	m.skip()
}

// stop ends the walk at k, the last key that was yielded: what lies behind it was
// read and not used.
func (m *merge) stop(k driver.Key) {
	a := m.tx.attempt()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.alive() {
		return
	}
	if m.reverse {
		m.closeUsed(driver.Range{From: k})
	} else {
		m.closeUsed(driver.Range{To: k.Next()})
	}
}

func (m *merge) closeUsed(used driver.Range) {
	for _, page := range m.pages {
		m.tx.attempt().reads.scans.closeUsed(page, used)
	}
	m.pages = nil
}

// closePassed ends the pages that the walk has passed.
func (m *merge) closePassed() {
	m.pages = slices.DeleteFunc(m.pages, func(page *rangeRead) bool {
		passed := !page.span.Before(m.rest.From)
		if m.reverse {
			passed = m.rest.To.Compare(page.span.From) <= 0
		}
		if passed {
			m.tx.attempt().reads.scans.close(page)
		}
		return passed
	})
}
