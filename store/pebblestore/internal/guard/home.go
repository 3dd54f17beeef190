package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// home is the directory of a store, locked or not.
type home struct {
	ledger.Dir
	real bool // a directory of the operating system
}

// newHome finds the directory, or makes it. Its path is canonical, so that the
// lock finds the directory taken whatever path led to it.
func newHome(dir string, o Options) (h home, err error) {
	h = home{ledger.Dir{FS: o.FS, Path: dir}, o.FS == nil}
	if h.real {
		h.FS = Private()
	}
	if !o.mustExist() {
		if err := h.makeDir(); err != nil {
			return h, err
		}
	}
	if _, err := h.FS.Stat(dir); err != nil {
		return h, noStore(err)
	}
	h.Path, err = h.resolve(dir)
	return h, fault.Unusable(err)
}

// makeDir makes the directory and the one above it, if they are missing. If
// more is missing, the path is a slip.
func (h home) makeDir() error {
	up := h.FS.PathDir(h.FS.PathDir(h.FS.PathJoin(h.Path)))
	if _, err := h.FS.Stat(up); errors.Is(err, fs.ErrNotExist) && h.real {
		return fmt.Errorf("%w: the directory cannot be made, two levels above it are missing: %w", driver.ErrUnavailable, fs.ErrNotExist)
	}
	return fault.Unusable(h.FS.MkdirAll(h.Path, dirMode))
}

// resolve returns the canonical path; its last elements may not exist.
func (h home) resolve(dir string) (string, error) {
	if !h.real {
		return dir, nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	name, err := filepath.EvalSymlinks(abs)
	if up := filepath.Dir(abs); errors.Is(err, fs.ErrNotExist) && up != abs {
		name, err = h.resolve(up)
		name = filepath.Join(name, filepath.Base(abs))
	}
	return name, err
}

// safe refuses a directory of the operating system in which others can put
// files, or which has a link where a file of the store should be.
func (h home) safe() error {
	if !h.real {
		return nil
	}
	info, err := os.Stat(h.Path)
	if err != nil {
		return fault.Unusable(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&othersWrite != 0 {
		return fmt.Errorf("%w: the directory can be written by its group or by others: its mode is %#o, and should be %#o",
			driver.ErrInvalid, mode, dirMode)
	}
	entries, err := os.ReadDir(h.Path)
	if err != nil {
		return fault.Unusable(err)
	}
	for _, e := range entries {
		if ofStore(e.Name()) && !e.Type().IsRegular() {
			return irregular(e.Name())
		}
	}
	return nil
}

func irregular(name string) error {
	return fmt.Errorf("%w: %s in the directory is a link, a directory or a device, and should be a file", driver.ErrInvalid, name)
}
