package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// scanReads is what the scans of one attempt have read.
//
// While a scan is in a page, the page is open: the scan may stop and use only
// a part of it. When the scan goes on, the page is closed: its rows and its
// range join those of all closed pages. So a new read is compared with what
// lies in its range, not with every earlier read.
type scanReads struct {
	ranges  []*rangeRead     // of all pages, for the commit
	open    []*rangeRead     // the open pages
	rows    ordered[rowSeen] // of closed pages, and the points that exist
	covered spans            // by closed pages
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

// newRangeRead is what a page shows.
func newRangeRead(q driver.Query, page *driver.Page) *rangeRead {
	r := &rangeRead{span: q.Covered(page), epoch: page.Epoch, rows: make([]rowSeen, len(page.Rows)), open: true}
	for i := range page.Rows {
		r.rows[i] = rowSeen{page.Rows[i].Key, page.Rows[i].Version}
	}
	if q.Reverse {
		slices.Reverse(r.rows)
	}
	return r
}

type rowSeen struct {
	key     driver.Key
	version driver.Version
}

func (r rowSeen) place() driver.Key { return r.key }

// addPoint remembers a record. It returns false if the record contradicts what
// scans have seen.
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

// addRange remembers a page. It returns false if the page contradicts earlier
// reads. absent reports whether a record was read and did not exist.
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

// agrees reports whether a page fits closed pages and points: it must show
// each known record of its range, and no record at a place that is known to be
// empty.
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

// covers reports whether k lies in the range of a closed page.
func (s *scanReads) covers(k driver.Key) bool {
	_, covered := s.covered.around(k)
	return covered
}

// holds reports whether k lies in a range that was read.
func (s *scanReads) holds(k driver.Key) bool {
	in := func(page *rangeRead) bool { return page.span.Contains(k) }
	return s.covers(k) || slices.ContainsFunc(s.open, in)
}

// close closes a page that was used to its end.
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

// closeUsed ends a page of which only what lies in a range was used, or nothing.
func (s *scanReads) closeUsed(one *rangeRead, used driver.Range) {
	if !one.open {
		return
	}
	if one.cutTo(used); one.empty() {
		s.forget(one)
		return
	}
	s.close(one)
}

// forget takes an open page out: nothing of it was used.
func (s *scanReads) forget(one *rangeRead) {
	s.open = slices.DeleteFunc(s.open, func(other *rangeRead) bool { return other == one })
	at := len(s.ranges) - 1
	for s.ranges[at] != one { // mostly the last
		at--
	}
	s.ranges = slices.Delete(s.ranges, at, at+1)
	one.open = false
}

// cutTo leaves of an open page what lies in the range.
func (r *rangeRead) cutTo(used driver.Range) {
	if used.From.Compare(r.span.From) > 0 {
		r.span.From = used.From
		from, _ := r.search(used.From)
		r.rows = r.rows[from:]
	}
	if used.To != (driver.Key{}) && r.span.Before(used.To) {
		r.span.To = used.To
		to, _ := r.search(used.To)
		r.rows = r.rows[:to]
	}
}

func (r *rangeRead) empty() bool { return !r.span.Before(r.span.From) }

// shows reports whether the range has k in the state of the record.
func (r *rangeRead) shows(k driver.Key, record *driver.Record) bool {
	i, found := r.search(k)
	if !found {
		return !record.Exists
	}
	return record.Exists && r.rows[i].version == record.Version
}

// agrees reports whether two pages show the same rows where they overlap.
func (r *rangeRead) agrees(other *rangeRead) bool {
	return slices.Equal(r.within(other.span), other.within(r.span))
}

// within returns the rows that lie in the span.
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

// check returns what the commit checks of the page.
func (r *rangeRead) check() driver.RangeCheck {
	c := driver.RangeCheck{Range: r.span, Count: r.count + len(r.rows), Sum: r.sum, Epoch: r.epoch}
	for i := range r.rows {
		c.Sum += r.rows[i].version
	}
	return c
}
