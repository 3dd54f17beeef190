package store

import "github.com/keyfam/keyfam/store/driver"

// spans is a set of keys, as the ranges that it consists of. No two of them
// meet.
type spans struct{ set ordered[span] }

// span is one of the ranges.
type span driver.Range

// place orders spans by their start.
func (s span) place() driver.Key { return s.From }

// around answers the range that holds k, if one does.
func (s *spans) around(k driver.Key) (driver.Range, bool) {
	c := s.set.seek(k)
	if v, ok := s.set.at(c); ok && v.From == k {
		return driver.Range(v), true
	}
	if c, ok := s.set.before(c); ok {
		v, _ := s.set.at(c)
		return driver.Range(v), driver.Range(v).Before(k)
	}
	return driver.Range{}, false
}

// add adds a range, and makes one of it and those that it meets.
func (s *spans) add(r driver.Range) {
	c := s.set.seek(r.From)
	if b, ok := s.set.before(c); ok {
		if v, _ := s.set.at(b); meets(v.To, r.From) {
			r.From, c = v.From, b
		}
	}
	for {
		v, ok := s.set.at(c)
		if !ok || !meets(r.To, v.From) {
			break
		}
		r.To = later(r.To, v.To)
		c = s.set.remove(c)
	}
	s.set.add(span(r))
}

// cut takes one key out.
func (s *spans) cut(k driver.Key) {
	r, ok := s.around(k)
	if !ok {
		return
	}
	s.set.remove(s.set.seek(r.From))
	if r.From != k {
		s.set.add(span{From: r.From, To: k})
	}
	if behind := after(k); r.To != behind {
		s.set.add(span{From: behind, To: r.To})
	}
}

// meets reports whether nothing lies between the end of one range and the start
// of another that starts no earlier.
func meets(to, from driver.Key) bool { return to == driver.Key{} || to.Compare(from) >= 0 }

// later is the end that lies behind the other; the zero key is the end of all.
func later(a, b driver.Key) driver.Key {
	if a == (driver.Key{}) || b != (driver.Key{}) && a.Compare(b) > 0 {
		return a
	}
	return b
}
