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
	all   spans // the same ranges, without a trace of which removal made them
	undos int   // times that some were undone
}

type removal struct {
	scope  *scope
	at     int // the overlay's count of changes
	span   driver.Range
	hidden []removedSpan // what the removal has covered, to be shown again when it is undone
}

// removedSpan is a range of which one removal is the latest. Spans do not overlap.
type removedSpan struct {
	span driver.Range
	at   int
}

func (s removedSpan) place() driver.Key { return s.span.From }

func (r *removals) any() bool { return r != nil && len(r.made) > 0 }

func (r *removals) add(one removal) {
	one.hidden = r.cover(removedSpan{one.span, one.at})
	r.made = append(r.made, one)
}

// cover puts a span over those that are there, and answers what of them it
// hides.
func (r *removals) cover(one removedSpan) (hidden []removedSpan) {
	hidden = r.cut(one.span)
	r.set.add(one)
	r.all.add(one.span)
	return hidden
}

// cut takes a range out of the set, and answers what was there.
func (r *removals) cut(span driver.Range) (out []removedSpan) {
	c := r.set.seek(span.From)
	if b, ok := r.set.before(c); ok {
		c = b
	}
	var left []removedSpan // of spans that reach out of the range
	for {
		v, ok := r.set.at(c)
		if !ok || !span.Before(v.span.From) {
			break
		}
		if v.span.To != (driver.Key{}) && v.span.To.Compare(span.From) <= 0 {
			c = r.set.next(c)
			continue
		}
		c = r.set.remove(c)
		below, in, above := split3(v.span, span)
		out = append(out, removedSpan{in, v.at})
		for _, part := range []driver.Range{below, above} {
			if part.Before(part.From) {
				left = append(left, removedSpan{part, v.at})
			}
		}
	}
	for _, v := range left {
		r.set.add(v)
	}
	return out
}

// split3 is what of a range lies below another, in it and above it. They meet.
func split3(r, by driver.Range) (below, in, above driver.Range) {
	in = r
	if r.From.Compare(by.From) < 0 {
		below = driver.Range{From: r.From, To: by.From}
		in.From = by.From
	} else {
		below = driver.Range{From: end, To: end}
	}
	above = driver.Range{From: end, To: end}
	if by.To != (driver.Key{}) && r.Before(by.To) {
		above = driver.Range{From: by.To, To: r.To}
		in.To = by.To
	}
	return below, in, above
}

// undo takes out what a scope has removed, and answers the ranges. Mostly that
// is the latest: then it is as if they had never been made.
func (r *removals) undo(s *scope) (undone []driver.Range) {
	for n := len(r.made) - 1; n >= 0 && r.made[n].scope.open() == s; n-- {
		undone = append(undone, r.made[n].span)
		r.uncover(&r.made[n])
		r.made = r.made[:n]
	}
	r.undos++
	before := len(r.made)
	r.made = slices.DeleteFunc(r.made, func(one removal) bool {
		of := one.scope.open() == s
		if of {
			undone = append(undone, one.span)
		}
		return of
	})
	if len(r.made) == before {
		return undone
	}
	r.set, r.all = ordered[removedSpan]{}, spans{}
	for i := range r.made {
		r.made[i].hidden = r.cover(removedSpan{r.made[i].span, r.made[i].at})
	}
	return undone
}

// uncover takes out the latest removal.
func (r *removals) uncover(one *removal) {
	r.cut(one.span)
	r.all.cutRange(one.span)
	for _, v := range one.hidden {
		r.set.add(v)
		r.all.add(v.span)
	}
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
	if !r.any() {
		return false
	}
	if _, ok := r.all.around(span.From); ok {
		return true
	}
	one, ok := r.all.set.at(r.all.set.seek(span.From))
	return ok && span.Before(one.From)
}

// firstGap is the first part of the range that was not removed. It may be empty.
func (r *removals) firstGap(span driver.Range) driver.Range {
	if !r.any() {
		return span
	}
	if one, ok := r.all.around(span.From); ok {
		if one.To == (driver.Key{}) || !span.Before(one.To) {
			return driver.Range{From: span.From, To: span.From}
		}
		span.From = one.To
	}
	if one, ok := r.all.set.at(r.all.set.seek(span.From)); ok && span.Before(one.From) {
		span.To = one.From
	}
	return span
}

// lastGap is the last part of the range that was not removed. It may be empty. The
// range must have an end.
func (r *removals) lastGap(span driver.Range) driver.Range {
	if !r.any() {
		return span
	}
	if one, ok := r.all.below(span.To); ok {
		if one.From.Compare(span.From) <= 0 {
			return driver.Range{From: span.From, To: span.From}
		}
		span.To = one.From
	}
	if c, ok := r.all.set.before(r.all.set.seek(span.To)); ok {
		one, _ := r.all.set.at(c)
		span.From = highest(span.From, one.To)
	}
	return span
}

// ranges are all that was removed, ascending; what touches is one range.
func (r *removals) ranges() (all []driver.Range) {
	if !r.any() {
		return nil
	}
	for c := (cursor{}); ; c = r.all.set.next(c) {
		one, ok := r.all.set.at(c)
		if !ok {
			return all
		}
		all = append(all, driver.Range(one))
	}
}
