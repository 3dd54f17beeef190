package pebblestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

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
const markText = "keyfam pebblestore 2\n"

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
	if !o.mustExist() {
		if err := h.makeDir(); err != nil {
			return h, err
		}
	}
	if _, err := h.fs.Stat(dir); err != nil {
		return h, noStore(err)
	}
	h.dir, err = h.resolve(dir)
	return h, unusable(err)
}

// makeDir makes the directory and the one above it, if need be. Where more is
// missing, the path is a slip.
func (h home) makeDir() error {
	up := h.fs.PathDir(h.fs.PathDir(h.fs.PathJoin(h.dir)))
	if _, err := h.fs.Stat(up); errors.Is(err, fs.ErrNotExist) && h.real {
		return fmt.Errorf("%w: the directory cannot be made, as two levels above it are missing: %w", driver.ErrUnavailable, fs.ErrNotExist)
	}
	return unusable(h.fs.MkdirAll(h.dir, dirMode))
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

// noStore is the error where there must be a store and is none.
func noStore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no store in the directory: %w", driver.ErrUnavailable, fs.ErrNotExist)
	}
	return unusable(err)
}

// look answers for a directory before it is locked, and leaves it as it is. What
// it finds of a store counts only under the lock.
func (h home) look(mustExist bool) error {
	if err := h.safe(); err != nil {
		return err
	}
	names, err := h.fs.List(h.dir)
	if err != nil {
		return unusable(err)
	}
	_, err = h.findStore(names, mustExist)
	return err
}

// findStore reports whether there is a store among the names, and refuses a
// directory that holds something else.
func (h home) findStore(names []string, mustExist bool) (exists bool, err error) {
	begun := slices.Contains(names, newName)
	switch {
	case slices.Contains(names, markName):
		return true, nil
	case !begun && slices.ContainsFunc(names, provesStore):
		return false, fmt.Errorf("%w: the directory holds files of a store but not the file %s", driver.ErrCorrupt, markName)
	case mustExist:
		return false, noStore(fs.ErrNotExist)
	case !begun && slices.ContainsFunc(names, func(name string) bool { return !beside(name) }):
		return false, fmt.Errorf("%w: the directory is not empty and not a store", driver.ErrInvalid)
	}
	return false, nil
}

// inspect reports whether the directory holds a store, refuses one of which
// pieces are missing, and finds the logs in it that are none of the store's.
func (h home) inspect(o *Options) (exists bool, foreign []string, err error) {
	names, err := h.fs.List(h.dir)
	if err != nil {
		return false, nil, unusable(err)
	}
	if exists, err = h.findStore(names, o.mustExist()); !exists || err != nil {
		return false, nil, err
	}
	foreign, err = h.whole(names)
	if err == nil && !o.ReadOnly && slices.Contains(names, newName) {
		// Both names after a power cut: without the first, the second would call
		// the store unfinished.
		err = translate(h.fs.Remove(h.path(newName)))
	}
	return true, foreign, err
}

// whole looks for what the engine would not miss: it makes a new store where
// there is no manifest, and does not know which logs there were.
func (h home) whole(names []string) (foreign []string, err error) {
	if err := h.readMark(); err != nil {
		return nil, err
	}
	seen, err := pebble.Peek(h.dir, ours{FS: h.fs})
	if err != nil {
		return nil, damaged(err)
	}
	if !seen.Exists {
		return nil, fmt.Errorf("%w: files of the store are missing", driver.ErrCorrupt)
	}
	noted, err := h.readLedger()
	if err != nil {
		return nil, err
	}
	if err := h.checkLedger(noted, seen); err != nil {
		return nil, err
	}
	return h.foreignLogs(names, noted)
}

// foreignLogs are files that are called like logs, which the ledger does not
// list, and which the engine has not written. It would take them for logs that a
// crash tore, and remove them.
func (h home) foreignLogs(names []string, noted []*entry) (foreign []string, err error) {
	for _, name := range names {
		if !isLog(name) || isNoted(noted, name) {
			continue
		}
		start, err := h.startOfLog(name)
		if err != nil {
			return nil, translate(err)
		}
		if !mayStartLog(start) {
			foreign = append(foreign, name)
		}
	}
	return foreign, nil
}

// inWay refuses to make a log in place of one that the engine has not written.
func (h home) inWay(name string) error {
	if !isLog(name) {
		return nil
	}
	start, err := h.startOfLog(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !mayStartLog(start):
		return &engineError{inWayText, []error{driver.ErrUnavailable}}
	}
	return err
}

const inWayText = "a log in the directory is not the store's, and has the name that the store needs: move it out of the directory"

// safe refuses a directory of the operating system in which others can put
// their own files, or have done so in a way that leads out of it.
func (h home) safe() error {
	if !h.real {
		return nil
	}
	info, err := os.Stat(h.dir)
	if err != nil {
		return unusable(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&othersWrite != 0 {
		return fmt.Errorf("%w: the directory can be written by its group or by others: its mode is %#o, and should be %#o",
			driver.ErrInvalid, mode, dirMode)
	}
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return unusable(err)
	}
	for _, e := range entries {
		if ofStore(e.Name()) && !e.Type().IsRegular() {
			return h.irregular(e.Name())
		}
	}
	return nil
}

func (h home) irregular(name string) error {
	return fmt.Errorf("%w: %s in the directory is a link, a directory or a device, and should be a file", driver.ErrInvalid, name)
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

// begin announces a new store. It clears away one that was begun and never
// completed: the files that its ledger tells it has made, and no others.
func (h home) begin() (noted []*entry, err error) {
	names, err := h.fs.List(h.dir)
	if err != nil {
		return nil, unusable(err)
	}
	if slices.Contains(names, newName) && slices.Contains(names, ledgerName) {
		if noted, err = h.readLedger(); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if ofEngine(name) && !isNoted(noted, name) {
			return nil, fmt.Errorf("%w: the directory is not empty and not a store", driver.ErrInvalid)
		}
	}
	err = h.writeNew()
	for _, name := range names {
		if err == nil && ofEngine(name) {
			err = h.fs.Remove(h.path(name))
		}
	}
	return noted, translate(err)
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

// writeNew writes and flushes the file that announces a new store, and its entry
// in the directory. If an earlier attempt has left one, it is never missing
// meanwhile: what that attempt made would pass for a damaged store.
func (h home) writeNew() error {
	f, err := h.fs.OpenReadWrite(h.path(newName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err := fill(f, markText); err != nil {
		return err
	}
	return syncDir(h.fs, h.dir)
}

// writeFile writes and flushes a file, but not its entry in the directory.
func (h home) writeFile(name, text string) error {
	f, err := h.fs.Create(h.path(name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	return fill(f, text)
}

// fill writes, flushes and closes a file.
func fill(f vfs.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
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
