package pebblestore

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"

	"github.com/keyfam/keyfam/store/driver"
)

// ErrLocked is the error of Open for a directory that is open already, in this
// process or another. It wraps [store.ErrUnavailable]. The text of the error
// tells the process, where the system does.
var ErrLocked = fmt.Errorf("%w: the directory is open elsewhere", driver.ErrUnavailable)

// lock keeps others out of a directory.
type lock struct {
	kind  lockKind
	still func() error // reports whether the path still leads to what is locked
	free  func() error
}

type lockKind string

const (
	exclusive lockKind = "exclusive"
	shared    lockKind = "shared"
	noLock    lockKind = "none"
)

func (l *lock) Close() error { return l.free() }

// unlocked is what a reader makes do with where nothing can be locked.
func unlocked() *lock {
	return &lock{noLock, func() error { return nil }, func() error { return nil }}
}

// openHere counts the directories that this process has open. It settles no lock:
// it tells whom to name in an error. To ask the system about the file LOCK, it must
// be opened and closed, and by that a process loses the lock it has on it.
var openHere = paths{counts: map[string]int{}}

type paths struct {
	mu     sync.Mutex
	counts map[string]int
}

func (p *paths) add(path string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts[path] += n; p.counts[path] == 0 {
		delete(p.counts, path)
	}
}

func (p *paths) has(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[path] > 0
}

// take locks the directory, for writing or for reading.
func (h home) take(readOnly bool) (*lock, error) {
	if h.real {
		return h.lockDir(readOnly)
	}
	return h.lockFile(readOnly)
}

// lockFile locks the file LOCK, by the means of the engine's file systems.
func (h home) lockFile(readOnly bool) (*lock, error) {
	closer, err := h.fs.Lock(h.path(lockName))
	switch {
	case err == nil:
		return &lock{exclusive, func() error { return nil }, closer.Close}, nil
	case isHeld(err):
		return nil, ErrLocked
	case readOnly:
		return unlocked(), nil
	}
	return nil, fmt.Errorf("the file %s cannot be locked: %w", lockName, unusable(err))
}

// sharingViolation is what Windows says of a file that is open elsewhere.
const sharingViolation = syscall.Errno(32)

// isHeld reports whether a lock is somebody else's.
func isHeld(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK) ||
		runtime.GOOS == "windows" && errors.Is(err, sharingViolation)
}

// heldBy is ErrLocked with the process, if that is known.
func (h home) heldBy(pid int) error {
	if openHere.has(h.dir) {
		return fmt.Errorf("%w: in this process", ErrLocked)
	}
	if pid > 0 {
		return fmt.Errorf("%w: in process %d", ErrLocked, pid)
	}
	return fmt.Errorf("%w: in another process", ErrLocked)
}
