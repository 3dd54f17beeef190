package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// removals are the ranges that an attempt has deleted. Several may cover a key:
// the latest tells which of the attempt's own writes still stand.
type removals struct {
	made  []removal // in the order of their making
	set   ordered[removedSpan]
	undos int // times that some were undone
}

type removal struct {
	scope *scope
	at    int // the overlay's count of changes
	span  driver.Range
}

// removedSpan is a range of which one removal is the latest. Spans do not overlap.
type removedSpan struct {
	span driver.Range
	at   int
}

func (s removedSpan) place() driver.Key { return s.span.From }

func (r *removals) any() bool { return r != nil && len(r.made) > 0 }

func (r *removals) add(one removal) {
	r.made = append(r.made, one)
	r.cover(removedSpan{one.span, one.at})
}

// cover puts a span over those that are there.
func (r *removals) cover(one removedSpan) {
	c := r.set.seek(one.span.From)
	if b, ok := r.set.before(c); ok {
		c = b
	}
	var left []removedSpan // of spans that reach out of the new one
	for {
		v, ok := r.set.at(c)
		if !ok || !one.span.Before(v.span.From) {
			break
		}
		if v.span.To != (driver.Key{}) && v.span.To.Compare(one.span.From) <= 0 {
			c = r.set.next(c)
			continue
		}
		c = r.set.remove(c)
		if v.span.From.Compare(one.span.From) < 0 {
			left = append(left, removedSpan{driver.Range{From: v.span.From, To: one.span.From}, v.at})
		}
		if one.span.To != (driver.Key{}) && v.span.Before(one.span.To) {
			left = append(left, removedSpan{driver.Range{From: one.span.To, To: v.span.To}, v.at})
		}
	}
	r.set.add(one)
	for _, v := range left {
		r.set.add(v)
	}
}

// undo takes out what a scope has removed.
func (r *removals) undo(s *scope) {
	r.made = slices.DeleteFunc(r.made, func(one removal) bool { return one.scope.open() == s })
	r.set = ordered[removedSpan]{}
	for _, one := range r.made {
		r.cover(removedSpan{one.span, one.at})
	}
	r.undos++
}

// undone tells by its change that removals were undone.
func (r *removals) undone() int {
	if r == nil {
		return 0
	}
	return r.undos
}

// at is when the latest removal of k was made, 0 if there is none.
func (r *removals) at(k driver.Key) int {
	if one, ok := r.around(k); ok {
		return one.at
	}
	return 0
}

// around answers the span that holds k.
func (r *removals) around(k driver.Key) (one removedSpan, ok bool) {
	if !r.any() {
		return one, false
	}
	c := r.set.seek(k)
	if one, ok = r.set.at(c); ok && one.span.From == k {
		return one, true
	}
	if c, ok = r.set.before(c); !ok {
		return one, false
	}
	one, _ = r.set.at(c)
	return one, one.span.Before(k)
}

// meets reports whether a part of the range was removed.
func (r *removals) meets(span driver.Range) bool {
	return r.firstGap(span) != span
}

// firstGap is the first part of the range that was not removed. It may be empty.
func (r *removals) firstGap(span driver.Range) driver.Range {
	if !r.any() {
		return span
	}
	for {
		one, ok := r.around(span.From)
		if !ok {
			break
		}
		if one.span.To == (driver.Key{}) || !span.Before(one.span.To) {
			return driver.Range{From: span.From, To: span.From}
		}
		span.From = one.span.To
	}
	if one, ok := r.set.at(r.set.seek(span.From)); ok && span.Before(one.span.From) {
		span.To = one.span.From
	}
	return span
}

// lastGap is the last part of the range that was not removed. It may be empty. The
// range must have an end.
func (r *removals) lastGap(span driver.Range) driver.Range {
	if !r.any() {
		return span
	}
	for {
		c, ok := r.set.before(r.set.seek(span.To))
		if !ok {
			return span
		}
		one, _ := r.set.at(c)
		if !meets(one.span.To, span.To) { // it ends below: the gap is above it
			if one.span.To.Compare(span.From) > 0 {
				span.From = one.span.To
			}
			return span
		}
		if one.span.From.Compare(span.From) <= 0 {
			return driver.Range{From: span.From, To: span.From}
		}
		span.To = one.span.From
	}
}

// ranges are all that was removed, ascending; what touches is one range.
func (r *removals) ranges() (all []driver.Range) {
	if !r.any() {
		return nil
	}
	for c := (cursor{}); ; c = r.set.next(c) {
		one, ok := r.set.at(c)
		if !ok {
			return all
		}
		if n := len(all); n > 0 && all[n-1].To == one.span.From {
			all[n-1].To = one.span.To
			continue
		}
		all = append(all, one.span)
	}
}
