package store

import "github.com/keyfam/keyfam/store/driver"

// spans is a set of keys, kept as ranges that do not touch.
type spans struct{ set ordered[span] }

// span is one of the ranges.
type span driver.Range

// place orders spans by their start.
func (s span) place() driver.Key { return s.From }

// around returns the range that holds k, if there is one.
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

// below answers the range that holds the keys just below k, if one does.
func (s *spans) below(k driver.Key) (driver.Range, bool) {
	c, ok := s.set.before(s.set.seek(k))
	if !ok {
		return driver.Range{}, false
	}
	v, _ := s.set.at(c)
	return driver.Range(v), meets(v.To, k)
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
	if behind := k.Next(); r.To != behind {
		s.set.add(span{From: behind, To: r.To})
	}
}

// cutRange takes a range out.
func (s *spans) cutRange(r driver.Range) {
	c := s.set.seek(r.From)
	if b, ok := s.set.before(c); ok {
		c = b
	}
	var left []driver.Range // of spans that reach out of the range
	for {
		v, ok := s.set.at(c)
		if !ok || !r.Before(v.From) {
			break
		}
		if v.To != (driver.Key{}) && v.To.Compare(r.From) <= 0 {
			c = s.set.next(c)
			continue
		}
		c = s.set.remove(c)
		below, _, above := split3(driver.Range(v), r)
		left = append(left, below, above)
	}
	for _, part := range left {
		if part.Before(part.From) {
			s.set.add(span(part))
		}
	}
}

// meets reports whether nothing lies between the end of one range and the
// start of another. The other starts no earlier than the first.
func meets(to, from driver.Key) bool { return to == driver.Key{} || to.Compare(from) >= 0 }

// later returns the end that lies behind the other. The zero key is the end of
// everything.
func later(a, b driver.Key) driver.Key {
	if a == (driver.Key{}) || b != (driver.Key{}) && a.Compare(b) > 0 {
		return a
	}
	return b
}
