package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// readSet is what one attempt has read from the backend: records with their
// values, so that reads repeat, and ranges with the versions of their rows.
// The commit checks all of it.
type readSet struct {
	calls  int // driver reads; a single one is of one point in time and needs no check
	points []point
	index  map[driver.Key]int // made when there are many points
	first  [2]point           // storage of the first points
	scans  *scanReads         // made by the first scan
	counts *countReads        // made by the first count
}

// point is a record that was read by its id.
type point struct {
	key    driver.Key
	record driver.Record
}

// point returns an earlier read of the record, nil if there was none.
func (r *readSet) point(k driver.Key) *driver.Record {
	if r.index != nil {
		if i, ok := r.index[k]; ok {
			return &r.points[i].record
		}
		return nil
	}
	for i := range r.points {
		if r.points[i].key == k {
			return &r.points[i].record
		}
	}
	return nil
}

// addPoint remembers a record. It returns false if an earlier read of the
// attempt saw another state.
func (r *readSet) addPoint(k driver.Key, record *driver.Record) bool {
	if before := r.point(k); before != nil {
		return before.Version == record.Version
	}
	if r.scans != nil && !r.scans.addPoint(k, record) {
		return false
	}
	if r.points == nil {
		r.points = r.first[:0]
	}
	r.points = append(r.points, point{k, *record})
	if r.index != nil {
		r.index[k] = len(r.points) - 1
	} else if len(r.points) > fewEntries {
		r.index = make(map[driver.Key]int, 4*fewEntries)
		for i := range r.points {
			r.index[r.points[i].key] = i
		}
	}
	return true
}

// addRange remembers a page. It returns false if the page contradicts an
// earlier read of the attempt.
func (r *readSet) addRange(one *rangeRead) bool {
	if r.scans == nil {
		r.scans = &scanReads{}
		for i := range r.points {
			r.scans.addPoint(r.points[i].key, &r.points[i].record)
		}
	}
	absent := func(k driver.Key) bool {
		record := r.point(k)
		return record != nil && !record.Exists
	}
	return r.scans.addRange(one, absent)
}

func (r *readSet) addCount(one countRead) {
	if r.counts == nil {
		r.counts = &countReads{of: map[driver.Range]int{}}
	}
	r.counts.add(one)
}

// size is the count of checks that the reads need.
func (r *readSet) size() int {
	n := len(r.points) + len(r.counts.all())
	if r.scans != nil {
		n += len(r.scans.ranges)
	}
	return n
}

// checks returns the checks of all reads.
func (r *readSet) checks(into []driver.Check) ([]driver.Check, []driver.RangeCheck) {
	for i := range r.points {
		p := &r.points[i]
		into = append(into, driver.Check{Key: p.key, Version: p.record.Version, Epoch: p.record.Epoch})
	}
	return into, r.rangeChecks()
}

func (r *readSet) rangeChecks() (ranges []driver.RangeCheck) {
	if r.scans != nil {
		ranges = make([]driver.RangeCheck, 0, len(r.scans.ranges)+len(r.counts.all()))
		for _, one := range r.scans.ranges {
			ranges = append(ranges, one.check())
		}
	}
	for _, one := range r.counts.all() {
		ranges = append(ranges, driver.RangeCheck{Range: one.span, Count: one.records, CountOnly: true, Epoch: one.epoch})
	}
	return ranges
}

// changedBy reports whether a commit has, or may have, changed what was read.
func (r *readSet) changedBy(c *driver.Commit) bool {
	if slices.ContainsFunc(c.Deletes, r.meets) {
		return true
	}
	for i := range c.Writes {
		k := c.Writes[i].Key
		if r.point(k) != nil || r.scans != nil && r.scans.holds(k) || r.counts.holds(k) {
			return true
		}
	}
	return false
}

// meets reports whether a range may hold a record that was read, or be a part of
// what was scanned or counted.
func (r *readSet) meets(span driver.Range) bool {
	if slices.ContainsFunc(r.points, func(p point) bool { return p.record.Exists && span.Contains(p.key) }) {
		return true
	}
	if r.scans != nil && slices.ContainsFunc(r.scans.ranges, func(one *rangeRead) bool { return overlap(one.span, span) }) {
		return true
	}
	return slices.ContainsFunc(r.counts.all(), func(one countRead) bool { return overlap(one.span, span) })
}

// overlap reports whether two ranges have a place in common.
func overlap(a, b driver.Range) bool { return a.Before(b.From) && b.Before(a.From) }
