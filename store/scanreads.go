package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// scanReads is what scans of one attempt have read. While a scan is in a page it
// may still turn out not to use all of it. Once the scan has gone on, the page's
// rows and its range join those of all pages, so that a new read is compared
// with what lies in its range and not with every read before.
type scanReads struct {
	ranges  []*rangeRead     // all, for the commit
	open    []*rangeRead     // those that a scan is in
	rows    ordered[rowSeen] // of the others, and the points that exist
	covered spans            // by the others
}

// rangeRead is what one page showed of a range.
type rangeRead struct {
	span  driver.Range
	rows  []rowSeen // ascending; nil once the page is closed
	open  bool
	count int            // of the rows of a closed page
	sum   driver.Version // of their versions
	epoch driver.Version
}

type rowSeen struct {
	key     driver.Key
	version driver.Version
}

func (r rowSeen) place() driver.Key { return r.key }

// addPoint compares a record with what scans have seen there.
func (s *scanReads) addPoint(k driver.Key, record *driver.Record) bool {
	row, found := s.rows.find(k)
	if found && !(record.Exists && record.Version == row.version) {
		return false
	}
	if !found && record.Exists && s.covers(k) {
		return false
	}
	for _, page := range s.open {
		if page.span.Contains(k) && !page.shows(k, record) {
			return false
		}
	}
	if record.Exists {
		s.rows.add(rowSeen{k, record.Version})
	}
	return true
}

// addRange compares a page with earlier reads; absent tells of records that were
// read and are not there.
func (s *scanReads) addRange(one *rangeRead, absent func(driver.Key) bool) bool {
	if !s.agrees(one, absent) {
		return false
	}
	for _, page := range s.open {
		if !one.agrees(page) {
			return false
		}
	}
	s.ranges = append(s.ranges, one)
	s.open = append(s.open, one)
	return true
}

// agrees compares a page with closed pages and points: every known record of the
// range must be a row, and a row that is not known must be news.
func (s *scanReads) agrees(one *rangeRead, absent func(driver.Key) bool) bool {
	at := s.rows.seek(one.span.From)
	for _, row := range one.rows {
		known, ok := s.rows.at(at)
		switch order := known.key.Compare(row.key); {
		case ok && order < 0, ok && order == 0 && known.version != row.version:
			return false
		case ok && order == 0:
			at = s.rows.next(at)
		case s.covers(row.key) || absent(row.key):
			return false
		}
	}
	known, ok := s.rows.at(at)
	return !ok || !one.span.Before(known.key)
}

func (s *scanReads) covers(k driver.Key) bool {
	_, covered := s.covered.around(k)
	return covered
}

// holds reports whether k lies in a range that was read.
func (s *scanReads) holds(k driver.Key) bool {
	in := func(page *rangeRead) bool { return page.span.Contains(k) }
	return s.covers(k) || slices.ContainsFunc(s.open, in)
}

// close ends a page of which all was used.
func (s *scanReads) close(one *rangeRead) {
	if !one.open {
		return
	}
	for _, row := range one.rows {
		s.rows.add(row)
		one.sum += row.version
	}
	one.count, one.rows, one.open = len(one.rows), nil, false
	s.covered.add(one.span)
	s.open = slices.DeleteFunc(s.open, func(other *rangeRead) bool { return other == one })
}

// closeAt ends a page behind k, the last key that was used. A key that is not of
// the range, as one written after a Clear may be, was not read and says nothing
// about it.
func (s *scanReads) closeAt(one *rangeRead, k driver.Key) {
	if one.open && one.span.Contains(k) {
		one.span.To = after(k)
		to, _ := one.search(one.span.To)
		one.rows = one.rows[:to]
	}
	s.close(one)
}

// shows reports whether the range has k in the state of the record.
func (r *rangeRead) shows(k driver.Key, record *driver.Record) bool {
	i, found := r.search(k)
	if !found {
		return !record.Exists
	}
	return record.Exists && r.rows[i].version == record.Version
}

// agrees reports whether two ranges show the same rows where they overlap.
func (r *rangeRead) agrees(other *rangeRead) bool {
	return slices.Equal(r.within(other.span), other.within(r.span))
}

// within is the rows that lie in the span.
func (r *rangeRead) within(span driver.Range) []rowSeen {
	from, _ := r.search(span.From)
	to := len(r.rows)
	if span.To != (driver.Key{}) {
		to, _ = r.search(span.To)
	}
	if from >= to {
		return nil
	}
	return r.rows[from:to]
}

func (r *rangeRead) search(k driver.Key) (int, bool) {
	return slices.BinarySearchFunc(r.rows, k, func(row rowSeen, k driver.Key) int { return row.key.Compare(k) })
}

func (r *rangeRead) check() driver.RangeCheck {
	c := driver.RangeCheck{Range: r.span, Count: r.count + len(r.rows), Sum: r.sum, Epoch: r.epoch}
	for i := range r.rows {
		c.Sum += r.rows[i].version
	}
	return c
}

// after is the lowest key above k.
func after(k driver.Key) driver.Key {
	return driver.Key{Family: k.Family, ID: k.ID + "\x00"}
}
