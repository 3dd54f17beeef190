package pebblestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/driver"
)

// The engine takes a directory whose manifest was lost for a new one and
// deletes what else is in it, and it does not get over a power cut while it
// makes a new one. So a file of our own shows whether there is a store. It has
// the name newName, durably, before the engine makes its first file, and gets
// the name markName when the new store is complete and before anything is
// acknowledged. Files of the engine without either are damage.
const (
	markName = "KEYFAM"
	newName  = "KEYFAM.new"
	markText = "keyfam pebblestore 2\n"
	lockName = "LOCK"
)

// home is the directory of a store.
type home struct {
	fs   vfs.FS
	dir  string
	real bool // a directory of the operating system
}

func (h home) path(name string) string { return h.fs.PathJoin(h.dir, name) }

// newHome finds the directory, or makes it. One directory has one name, so that
// the lock finds it taken by whatever way it was reached.
func newHome(dir string, o *Options) (h home, err error) {
	h = home{fs: o.fs, dir: dir, real: o.fs == nil}
	if h.real {
		h.fs = private{vfs.Default}
	}
	if !o.ReadOnly {
		if err := h.fs.MkdirAll(dir, dirMode); err != nil {
			return h, unusable(err)
		}
	}
	if _, err := h.fs.Stat(dir); err != nil {
		return h, noStore(err)
	}
	h.dir, err = h.resolve(dir)
	return h, unusable(err)
}

// resolve is the one name of a path of which the end need not exist.
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

// noStore is the error of a ReadOnly that finds nothing.
func noStore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no store in the directory: %w", driver.ErrUnavailable, fs.ErrNotExist)
	}
	return unusable(err)
}

// take locks the directory.
func (h home) take() (io.Closer, error) {
	lock, err := h.fs.Lock(h.path(lockName))
	var path *fs.PathError
	switch {
	case err == nil:
		return lock, nil
	case errors.As(err, &path): // the file, not the lock
		return nil, fmt.Errorf("the lock file %s cannot be opened for writing: %w", lockName, unusable(err))
	}
	return nil, fmt.Errorf("%w: the directory is open elsewhere, in this process or another, or cannot be locked: %s",
		driver.ErrUnavailable, safeText(err))
}

// look answers for a directory without a store, and leaves it as it is. What it
// says of one with a store counts only under the lock.
func (h home) look() error {
	names, err := h.fs.List(h.dir)
	if err != nil {
		return unusable(err)
	}
	if slices.Contains(names, markName) {
		return nil
	}
	if err := begunOrForeign(names); err != nil {
		return err
	}
	return noStore(fs.ErrNotExist)
}

// inspect reports whether the directory holds a store, and refuses one of which
// pieces are missing.
func (h home) inspect(readOnly bool) (exists bool, err error) {
	names, err := h.fs.List(h.dir)
	if err != nil {
		return false, unusable(err)
	}
	if !slices.Contains(names, markName) {
		return false, begunOrForeign(names)
	}
	err = h.whole()
	if err == nil && !readOnly && slices.Contains(names, newName) {
		// Both names after a power cut: without the first, the second would call
		// the store unfinished.
		err = translate(h.fs.Remove(h.path(newName)))
	}
	return true, err
}

// begunOrForeign refuses files of the engine in a directory without the mark that
// are not those of a store that was begun.
func begunOrForeign(names []string) error {
	if !slices.Contains(names, newName) && slices.ContainsFunc(names, ofEngine) {
		return fmt.Errorf("%w: the directory holds files of a store but not the file %s", driver.ErrCorrupt, markName)
	}
	return nil
}

// whole looks for what the engine would not miss: it makes a new store where
// there is no manifest, and does not know which logs there were.
func (h home) whole() error {
	if err := h.readMark(); err != nil {
		return err
	}
	seen, err := pebble.Peek(h.dir, h.fs)
	if err != nil {
		return damaged(err)
	}
	if !seen.Exists {
		return fmt.Errorf("%w: files of the store are missing", driver.ErrCorrupt)
	}
	noted, err := h.readLedger()
	if err != nil {
		return err
	}
	return h.checkLedger(noted, seen)
}

// ofEngine reports whether the engine gives its files such names.
func ofEngine(name string) bool {
	for _, prefix := range []string{"MANIFEST-", "OPTIONS-", "marker.", "CURRENT", "temporary."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch filepath.Ext(name) {
	case ".log", ".sst", ".blob", ".dbtmp":
		return true
	}
	return false
}

// readMark refuses a mark that this version does not know.
func (h home) readMark() error {
	text, err := h.readFile(markName)
	if err != nil {
		return translate(err)
	}
	if text != markText {
		return fmt.Errorf("%w: the file %s was damaged, or written by another version", driver.ErrCorrupt, markName)
	}
	return nil
}

// begin announces a new store, and clears away one that was begun and never
// completed.
func (h home) begin() error {
	names, err := h.fs.List(h.dir)
	if err == nil {
		err = h.writeFile(newName, markText)
	}
	for _, name := range names {
		if err == nil && ofEngine(name) {
			err = h.fs.Remove(h.path(name))
		}
	}
	return err
}

// complete says that the new store is one.
func (h home) complete() error {
	if err := h.fs.Rename(h.path(newName), h.path(markName)); err != nil {
		return err
	}
	return syncDir(h.fs, h.dir)
}

func (h home) readFile(name string) (string, error) {
	f, err := h.fs.Open(h.path(name))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), errors.Join(err, f.Close())
}

// writeFile writes and flushes a file and its entry in the directory.
func (h home) writeFile(name, text string) error {
	if err := h.writeUnlisted(name, text); err != nil {
		return err
	}
	return syncDir(h.fs, h.dir)
}

// writeUnlisted is writeFile without the entry.
func (h home) writeUnlisted(name, text string) error {
	f, err := h.fs.Create(h.path(name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(files vfs.FS, dir string) error {
	d, err := files.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
