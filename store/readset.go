package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// readSet is what one attempt has read from the backend: records with their
// values, which makes reads repeatable, and ranges with the versions of their
// rows. All of it is checked in the commit.
type readSet struct {
	calls  int // driver reads: one is one point in time and needs no check by itself
	points []point
	index  map[driver.Key]int // built when points are many
	first  [2]point           // storage of the first points
	ranges []*rangeRead
}

type point struct {
	key    driver.Key
	record driver.Record
}

// rangeRead is what one page showed of a range.
type rangeRead struct {
	span  driver.Range
	rows  []rowSeen // ascending
	epoch driver.Version
}

type rowSeen struct {
	key     driver.Key
	version driver.Version
}

// point answers an earlier read of the record, nil if there was none.
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

// addPoint remembers a record, or answers false if an earlier read of the
// attempt saw another one there.
func (r *readSet) addPoint(k driver.Key, record *driver.Record) bool {
	if before := r.point(k); before != nil {
		return before.Version == record.Version
	}
	for _, other := range r.ranges {
		if other.span.Contains(k) && !other.shows(k, record) {
			return false
		}
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

// addRange remembers a page, or answers false if it does not agree with an
// earlier read of the attempt.
func (r *readSet) addRange(one *rangeRead) bool {
	for i := range r.points {
		p := &r.points[i]
		if one.span.Contains(p.key) && !one.shows(p.key, &p.record) {
			return false
		}
	}
	for _, other := range r.ranges {
		if !one.agrees(other) {
			return false
		}
	}
	r.ranges = append(r.ranges, one)
	return true
}

// size is the count of checks that the reads need.
func (r *readSet) size() int { return len(r.points) + len(r.ranges) }

// checks are the conditions under which all reads still stand.
func (r *readSet) checks(into []driver.Check) ([]driver.Check, []driver.RangeCheck) {
	for i := range r.points {
		into = append(into, driver.Check{Key: r.points[i].key, Version: r.points[i].record.Version})
	}
	if len(r.ranges) == 0 {
		return into, nil
	}
	ranges := make([]driver.RangeCheck, len(r.ranges))
	for i, one := range r.ranges {
		ranges[i] = one.check()
	}
	return into, ranges
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

// closeAt ends the range behind k, the last key that was used. A key that is
// not of the range, as one written after a Clear may be, was not read and says
// nothing about it.
func (r *rangeRead) closeAt(k driver.Key) {
	if !r.span.Contains(k) {
		return
	}
	r.span.To = after(k)
	to, _ := r.search(r.span.To)
	r.rows = r.rows[:to]
}

func (r *rangeRead) search(k driver.Key) (int, bool) {
	return slices.BinarySearchFunc(r.rows, k, func(row rowSeen, k driver.Key) int { return row.key.Compare(k) })
}

func (r *rangeRead) check() driver.RangeCheck {
	c := driver.RangeCheck{Range: r.span, Count: len(r.rows), Epoch: r.epoch}
	for i := range r.rows {
		c.Sum += r.rows[i].version
	}
	return c
}

// after is the lowest key above k.
func after(k driver.Key) driver.Key {
	return driver.Key{Family: k.Family, ID: k.ID + "\x00"}
}
