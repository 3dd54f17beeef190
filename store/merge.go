package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// merge walks a range as the attempt sees it: the rows of the backend, page by
// page, under the attempt's own writes.
type merge struct {
	tx    *Tx
	rest  driver.Range // not yielded yet
	ahead driver.Range // not read from the backend yet
	rows  []driver.Row // rows that were read and not passed yet
	page  *rangeRead   // the page of these rows; nil in a snapshot
	more  bool         // ahead may hold rows
	near  near         // where the walk is in the attempt's own writes
	limit int
}

func newMerge(tx *Tx, span driver.Range, limit int) *merge {
	return &merge{tx: tx, rest: span, ahead: span, more: true, limit: limit}
}

// next returns the next record, with bytes of the caller's own.
func (m *merge) next(ctx context.Context) (k driver.Key, value []byte, ok bool, err error) {
	if err := m.tx.lock(); err != nil {
		return k, nil, false, err
	}
	defer m.tx.attempt().mu.Unlock()
	from := m.rest.From
	passed := m.jump()
	for {
		row, e, c, err := m.first(ctx)
		if err != nil {
			return k, nil, false, err
		}
		switch {
		case e == nil && row == nil:
			m.found(passed, from, m.end())
			m.closePage()
			return k, nil, false, nil
		case row != nil && (e == nil || row.Key.Compare(e.key) < 0 || row.Key == e.key && c == nil):
			m.found(passed, from, row.Key)
			m.pass(row.Key)
			return row.Key, own(row.Value, row.Shared), true, nil
		case c != nil && !c.deleted:
			m.found(passed, from, e.key)
			m.pass(e.key)
			return e.key, clone(c.value), true, nil
		}
		m.pass(e.key)
		m.jump()
		passed = true
	}
}

// first returns the next row of the backend, and the next record that the
// attempt has changed, with its standing change.
func (m *merge) first(ctx context.Context) (row *driver.Row, e *entry, c *change, err error) {
	if row, err = m.row(ctx); err == nil {
		e, c = m.tx.attempt().writes.next(m.rest, &m.near)
	}
	return row, e, c, err
}

// jump moves the walk to the end of what is known to be empty, and reports
// whether it moved. What it jumps over was read or cleared before.
func (m *merge) jump() bool {
	to := m.tx.attempt().writes.skip(m.rest.From)
	if to == m.rest.From {
		return false
	}
	if !m.rest.Before(to) {
		to = m.rest.To
	}
	m.rest.From, m.near = to, near{}
	m.skip()
	return true
}

// found notes that no record lies between two keys, if the walk has passed
// over some: the next walk then jumps.
func (m *merge) found(passed bool, from, to driver.Key) {
	if passed && from.Compare(to) < 0 {
		m.tx.attempt().writes.foundEmpty(driver.Range{From: from, To: to})
	}
}

// end is where the walk ends.
func (m *merge) end() driver.Key {
	if m.rest.To == (driver.Key{}) {
		return driver.Key{Family: "\xff"} // above every family
	}
	return m.rest.To
}

// row returns the next row of the backend. It is nil if there is none, or if a
// Clear of the attempt hides the rest. row reads a new page when the last one
// is used up.
func (m *merge) row(ctx context.Context) (*driver.Row, error) {
	a := m.tx.attempt()
	if a.writes.cleared(m.rest.From) {
		return nil, nil
	}
	for len(m.rows) == 0 && m.more {
		m.closePage()
		if m.ahead.From.Compare(m.rest.From) < 0 {
			m.ahead.From = m.rest.From
		}
		if !m.ahead.Before(m.ahead.From) {
			m.more = false
			break
		}
		page, read, err := a.readPage(ctx, m.ahead, m.limit)
		if err != nil {
			return nil, err
		}
		m.rows, m.page, m.more = page.Rows, read, page.More
		m.limit = min(2*m.limit, largePage)
		if page.More {
			m.ahead.From = after(page.Rows[len(page.Rows)-1].Key)
		}
		m.skip()
	}
	if len(m.rows) == 0 {
		return nil, nil
	}
	return &m.rows[0], nil
}

// skip drops the rows that the walk has passed.
func (m *merge) skip() {
	for len(m.rows) > 0 && m.rows[0].Key.Compare(m.rest.From) < 0 {
		m.rows = m.rows[1:]
	}
}

// pass moves the walk behind k.
func (m *merge) pass(k driver.Key) {
	m.rest.From = after(k)
	m.skip()
}

// stop ends the walk at k, the last key that was yielded. The page may go on
// behind k; that part was read and not used.
func (m *merge) stop(k driver.Key) {
	a := m.tx.attempt()
	a.mu.Lock()
	defer a.mu.Unlock()
	if m.page != nil && a.alive() {
		a.reads.scans.closeAt(m.page, k)
	}
}

// closePage closes a page that was used up.
func (m *merge) closePage() {
	if m.page != nil {
		m.tx.attempt().reads.scans.close(m.page)
	}
}
