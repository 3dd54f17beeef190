package store

// scope is the part of an overlay that belongs to one transaction of a nest.
// The outermost one has no parent and is never undone by itself: its attempt
// commits or does not.
type scope struct {
	parent  *scope
	undone  bool
	joined  bool     // it ended well: what it changed is its parent's
	removed bool     // it, or one that joined it, has deleted a range
	changed []*entry // by it and those that joined it; of the outermost not kept
}

// open returns the scope that owns the changes of s now: s, or the one it
// joined.
func (s *scope) open() *scope {
	for s.joined {
		if s.parent.joined {
			s.parent = s.parent.parent
		}
		s = s.parent
	}
	return s
}

// note remembers that the scope has changed an entry.
func (s *scope) note(e *entry) {
	if s.parent != nil {
		s.changed = append(s.changed, e)
	}
}

// join hands everything to the parent. The shorter list joins the longer, so
// that a deep nest does not copy its changes at every level.
func (s *scope) join() {
	to := s.parent.open()
	if to.parent != nil {
		if len(to.changed) < len(s.changed) {
			to.changed, s.changed = s.changed, to.changed
		}
		to.changed = append(to.changed, s.changed...)
	}
	to.removed = to.removed || s.removed
	s.joined, s.changed = true, nil
}

// inside reports whether s is nested in outer.
func (s *scope) inside(outer *scope) bool {
	for s = s.parent; s != nil; s = s.parent {
		if s == outer {
			return true
		}
	}
	return false
}
