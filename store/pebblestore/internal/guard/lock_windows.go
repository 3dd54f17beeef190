package guard

import (
	"errors"
)

// lockDir locks the file LOCK, because Windows does not lock directories.
// There an open file can be neither removed nor renamed.
func (h home) lockDir(readOnly bool) (*lock, error) {
	l, err := h.lockFile(readOnly)
	if errors.Is(err, ErrLocked) {
		return nil, h.heldBy(0)
	}
	if err != nil || l.kind == noLock {
		return l, err
	}
	openHere.add(h.Path, 1)
	free := l.free
	l.free = func() error { openHere.add(h.Path, -1); return free() }
	return l, nil
}
