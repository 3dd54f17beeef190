package pebblestore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/driver"
)

// The engine takes a directory whose manifest was lost for a new one and
// deletes what else is in it. So a file of our own says that there is a store:
// it is written when a new store is complete, before anything is acknowledged.
// Without it, a directory may only hold what an interrupted Open leaves behind:
// an engine without a record.
const (
	markName = "KEYFAM"
	markText = "keyfam pebblestore 1\n"
	lockName = "LOCK"
)

// home is the directory of a store.
type home struct {
	fs  vfs.FS
	dir string
}

func (h home) path(name string) string { return h.fs.PathJoin(h.dir, name) }

// newHome finds the directory, or makes it. One directory has one name, so that
// the lock finds it taken by whatever way it was reached.
func newHome(dir string, o *Options) (home, error) {
	h := home{fs: o.fs, dir: dir}
	if h.fs == nil {
		h.fs = private{vfs.Default}
	}
	if !o.ReadOnly {
		if err := h.fs.MkdirAll(dir, dirMode); err != nil {
			return h, translate(err)
		}
	}
	if _, err := h.fs.Stat(dir); err != nil {
		return h, noStore(err)
	}
	if o.fs != nil {
		return h, nil
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		h.dir, err = filepath.EvalSymlinks(abs)
	}
	return h, translate(err)
}

// noStore is the error of a ReadOnly that finds nothing.
func noStore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no store in the directory: %w", driver.ErrUnavailable, fs.ErrNotExist)
	}
	return translate(err)
}

// take locks the directory.
func (h home) take() (io.Closer, error) {
	lock, err := h.fs.Lock(h.path(lockName))
	if err != nil {
		return nil, fmt.Errorf("%w: the directory is open elsewhere, in this process or another, or cannot be locked: %s",
			driver.ErrUnavailable, safeText(err))
	}
	return lock, nil
}

// inspect says whether the directory holds a store, and refuses one of which
// pieces are missing.
func (h home) inspect() (exists bool, err error) {
	names, err := h.fs.List(h.dir)
	if err != nil {
		return false, translate(err)
	}
	marked, err := h.marked()
	if err != nil {
		return false, err
	}
	seen, err := pebble.Peek(h.dir, h.fs)
	if err != nil {
		return false, damaged(err)
	}
	logs, tables := count(names, ".log"), count(names, ".sst")+count(names, ".blob")
	switch {
	case marked && (!seen.Exists || logs == 0):
		return false, fmt.Errorf("%w: files of the store are missing", driver.ErrCorrupt)
	case !marked && !seen.Exists && logs+tables > 0:
		return false, fmt.Errorf("%w: the directory holds files of a store but not the store", driver.ErrCorrupt)
	}
	return marked, nil
}

func count(names []string, ext string) (n int) {
	for _, name := range names {
		if strings.HasSuffix(name, ext) {
			n++
		}
	}
	return n
}

// marked reads the mark.
func (h home) marked() (bool, error) {
	f, err := h.fs.Open(h.path(markName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, translate(err)
	}
	text, err := io.ReadAll(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return false, translate(err)
	}
	if !bytes.Equal(text, []byte(markText)) {
		return false, fmt.Errorf("%w: the file %s was damaged, or written by a newer version", driver.ErrCorrupt, markName)
	}
	return true, nil
}

// mark says that the store is complete. It is there whole or not at all.
func (h home) mark() error {
	temp := h.path(markName + ".new")
	f, err := h.fs.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(markText))
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = h.fs.Rename(temp, h.path(markName))
	}
	if err == nil {
		err = syncDir(h.fs, h.dir)
	}
	return err
}

func syncDir(files vfs.FS, dir string) error {
	d, err := files.OpenDir(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}
