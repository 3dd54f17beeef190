package guard

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
)

// ErrLocked is the error for a directory that is open already, in this process
// or another. It wraps [driver.ErrUnavailable]. The text names the process if
// the system tells.
var ErrLocked = fmt.Errorf("%w: the directory is open elsewhere", driver.ErrUnavailable)

// lock keeps others out of a directory.
type lock struct {
	kind  lockKind
	still func() error // fails if the path no longer leads to what is locked
	free  func() error
}

type lockKind string

const (
	exclusive lockKind = "exclusive"
	shared    lockKind = "shared"
	noLock    lockKind = "none"
)

func (l *lock) Close() error { return l.free() }

// unlocked is the lock of a reader where nothing can be locked.
func unlocked() *lock {
	return &lock{noLock, func() error { return nil }, func() error { return nil }}
}

// openHere counts the directories that this process has open. It decides
// nothing: it only helps an error to name the owner. Asking the system about
// the file LOCK means opening and closing it, and then this process would lose
// its lock on it.
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

// lockFile locks the file LOCK as the engine's file systems do.
func (h home) lockFile(readOnly bool) (*lock, error) {
	closer, err := h.FS.Lock(h.File(format.Lock))
	switch {
	case err == nil:
		return &lock{exclusive, func() error { return nil }, closer.Close}, nil
	case isHeld(err):
		return nil, ErrLocked
	case readOnly:
		return unlocked(), nil
	}
	return nil, fmt.Errorf("the file %s cannot be locked: %w", format.Lock, fault.Unusable(err))
}

// sharingViolation is the error of Windows for a file that is open elsewhere.
const sharingViolation = syscall.Errno(32)

// isHeld reports whether the error means that somebody else holds the lock.
func isHeld(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK) ||
		runtime.GOOS == "windows" && errors.Is(err, sharingViolation)
}

// heldBy returns ErrLocked with the process in its text, if that is known.
func (h home) heldBy(pid int) error {
	if openHere.has(h.Path) {
		return fmt.Errorf("%w: in this process", ErrLocked)
	}
	if pid > 0 {
		return fmt.Errorf("%w: in process %d", ErrLocked, pid)
	}
	return fmt.Errorf("%w: in another process", ErrLocked)
}
