package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// markText is the content of the mark. The number is the version of the
// layout.
const markText = "keyfam pebblestore 2\n"

// found is what a directory holds.
type found struct {
	exists  bool
	version pebble.FormatMajorVersion // of a store that exists
	foreign []string                  // logs of somebody else
}

// look checks a directory before it is locked, and changes nothing. What it
// finds there may change until the lock is held.
func (h home) look(mustExist bool) error {
	if err := h.safe(); err != nil {
		return err
	}
	names, err := h.FS.List(h.Path)
	if err != nil {
		return fault.Unusable(err)
	}
	_, err = h.findStore(names, mustExist)
	return err
}

// findStore reports whether there is a store among the names. It refuses a
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
		return false, errNotEmpty
	}
	return false, nil
}

var errNotEmpty = fmt.Errorf("%w: the directory is not empty and not a store", driver.ErrInvalid)

// noStore is the error if there must be a store and there is none.
func noStore(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no store in the directory: %w", driver.ErrUnavailable, fs.ErrNotExist)
	}
	return fault.Unusable(err)
}

// inspect looks for a store in the locked directory, and checks that it is
// whole.
func (h home) inspect(o Options) (found, error) {
	names, err := h.FS.List(h.Path)
	if err != nil {
		return found{}, fault.Unusable(err)
	}
	exists, err := h.findStore(names, o.mustExist())
	if !exists || err != nil {
		return found{}, err
	}
	f, err := h.whole(names)
	if err == nil && !o.ReadOnly && slices.Contains(names, newName) {
		// A power cut can leave both names. Should the mark be lost
		// later, this one would make the store look unfinished.
		err = fault.Translate(h.FS.Remove(h.File(newName)))
	}
	return f, err
}

// whole checks what the engine does not: it makes a new store if there is no
// manifest, and does not know which logs there were.
func (h home) whole(names []string) (found, error) {
	if err := h.readMark(); err != nil {
		return found{}, err
	}
	seen, err := pebble.Peek(h.Path, ours{FS: h.FS})
	if err != nil {
		return found{}, fault.Damaged(err)
	}
	if !seen.Exists {
		return found{}, fmt.Errorf("%w: files of the store are missing", driver.ErrCorrupt)
	}
	noted, err := ledger.Read(h.Dir)
	if err != nil {
		return found{}, err
	}
	if err := ledger.Check(h.Dir, noted, h.FS.PathBase(seen.ManifestFilename)); err != nil {
		return found{}, err
	}
	foreign, err := h.foreignLogs(names, noted)
	return found{true, seen.FormatMajorVersion, foreign}, err
}

// readMark refuses a mark that this version does not know.
func (h home) readMark() error {
	text, err := h.Read(markName)
	if err != nil {
		return fault.Translate(err)
	}
	if text != markText {
		return fmt.Errorf("%w: the file %s was damaged, or written by another version", driver.ErrCorrupt, markName)
	}
	return nil
}

// begin announces a new store. It removes what is left of one that was begun
// and never completed: the files that its ledger lists, and no others.
func (h home) begin() (noted []*ledger.Entry, err error) {
	names, err := h.FS.List(h.Path)
	if err != nil {
		return nil, fault.Unusable(err)
	}
	if slices.Contains(names, newName) && slices.Contains(names, ledger.Name) {
		if noted, err = ledger.Read(h.Dir); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if format.OfEngine(name) && !ledger.Contains(noted, name) {
			return nil, errNotEmpty
		}
	}
	err = h.writeNew()
	for _, name := range names {
		if err == nil && format.OfEngine(name) {
			err = h.FS.Remove(h.File(name))
		}
	}
	return noted, fault.Translate(err)
}

// writeNew writes and flushes the file that announces a new store, and its
// entry in the directory. It never removes the file of an earlier attempt:
// without it, what that attempt made would look like a damaged store.
func (h home) writeNew() error {
	f, err := h.FS.OpenReadWrite(h.File(newName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err := ledger.Fill(f, markText); err != nil {
		return err
	}
	return h.Sync()
}

// complete marks the new store as complete.
func (h home) complete() error {
	if err := h.FS.Rename(h.File(newName), h.File(markName)); err != nil {
		return err
	}
	return h.Sync()
}
