package pebblestore

import "errors"

// lockDir locks the file LOCK: Windows locks no directories. A file that is open
// can neither be removed nor renamed.
func (h home) lockDir(readOnly bool) (*lock, error) {
	if _, here := openHere.LoadOrStore(h.dir, true); here {
		return nil, h.heldBy(0)
	}
	l, err := h.lockFile(readOnly)
	if err != nil || l.kind == noLock {
		openHere.Delete(h.dir)
		if errors.Is(err, ErrLocked) {
			return nil, h.heldBy(0)
		}
		return l, err
	}
	free := l.free
	l.free = func() error { openHere.Delete(h.dir); return free() }
	return l, nil
}
