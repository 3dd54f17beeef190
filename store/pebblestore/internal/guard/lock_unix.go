//go:build unix

package guard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
)

// lockDir locks the directory itself, and then the file LOCK: programs that
// use the bare engine look there, and the system tells who holds that lock.
// Readers lock the file only if they can. Nothing is ever written to it.
func (h home) lockDir(readOnly bool) (*lock, error) {
	dir, err := os.Open(h.Path)
	if err != nil {
		return nil, fault.Unusable(err)
	}
	l, err := h.lockBoth(dir, readOnly)
	if err != nil {
		return nil, errors.Join(err, fault.Unusable(dir.Close()))
	}
	return l, nil
}

func (h home) lockBoth(dir *os.File, readOnly bool) (*lock, error) {
	how, kind := syscall.LOCK_EX, exclusive
	if readOnly {
		how, kind = syscall.LOCK_SH, shared
	}
	err := flock(dir, how|syscall.LOCK_NB)
	switch {
	case err == nil:
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, h.heldBy(h.holder())
	case readOnly: // a file system without locks
		kind = noLock
	default:
		return nil, fmt.Errorf("the directory cannot be locked: %w", fault.Unusable(err))
	}
	file, err := h.lockOldFile(readOnly)
	if err != nil {
		return nil, err
	}
	return h.hold(dir, file, kind)
}

const movedText = "the directory was moved, replaced or removed while it was open"

// hold returns the lock of a directory and a file that are locked.
func (h home) hold(dir, file *os.File, kind lockKind) (*lock, error) {
	locked, err := dir.Stat()
	if err != nil {
		return nil, errors.Join(fault.Unusable(err), closeIf(file))
	}
	openHere.add(h.Path, 1)
	return &lock{
		kind: kind,
		still: func() error {
			now, err := os.Stat(h.Path)
			if err != nil || !os.SameFile(locked, now) {
				return fault.Unavailable(movedText)
			}
			return nil
		},
		free: func() error {
			openHere.add(h.Path, -1)
			// Unlock as well as close: a child process that is
			// being started has the descriptor too for a moment,
			// and so the lock.
			return errors.Join(closeIf(file), flock(dir, syscall.LOCK_UN), dir.Close())
		},
	}, nil
}

// lockOldFile locks the file LOCK, and makes it if there is none. It returns
// nil to a reader that cannot.
func (h home) lockOldFile(readOnly bool) (*os.File, error) {
	flags, kind := os.O_RDWR|os.O_CREATE, syscall.F_WRLCK
	if readOnly {
		flags, kind = os.O_RDONLY, syscall.F_RDLCK
	}
	file, err := os.OpenFile(h.File(format.Lock), flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, fileMode)
	if err == nil {
		err = h.lockOpened(file, kind)
	}
	switch {
	case err == nil:
		return file, nil
	case errors.Is(err, ErrLocked):
		return nil, errors.Join(err, closeIf(file))
	case readOnly:
		return nil, fault.Unusable(closeIf(file))
	}
	return nil, errors.Join(fmt.Errorf("the file %s cannot be locked: %w", format.Lock, fault.Unusable(err)), closeIf(file))
}

func (h home) lockOpened(file *os.File, kind int) error {
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, irregular(format.Lock))
	}
	if kind == syscall.F_WRLCK { // an older file may be open to all
		if err := file.Chmod(fileMode); err != nil {
			return err
		}
	}
	spec := wholeFile(kind)
	err := syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &spec)
	if isHeld(err) {
		return h.heldBy(holderOf(file))
	}
	return err
}

// holder returns the process that holds the lock on the file LOCK, or 0 if
// that is not known.
func (h home) holder() int {
	if openHere.has(h.Path) {
		return 0
	}
	file, err := os.OpenFile(h.File(format.Lock), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0
	}
	defer file.Close()
	return holderOf(file)
}

func holderOf(file *os.File) int {
	spec := wholeFile(syscall.F_WRLCK)
	if err := syscall.FcntlFlock(file.Fd(), syscall.F_GETLK, &spec); err != nil || spec.Type == syscall.F_UNLCK {
		return 0
	}
	return int(spec.Pid)
}

func wholeFile(kind int) syscall.Flock_t {
	return syscall.Flock_t{Type: int16(kind), Whence: io.SeekStart}
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func closeIf(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}
