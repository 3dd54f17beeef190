package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
)

// Check compares the directory with the list. manifest is the name of the
// current manifest. Other manifests do not matter: a power cut may have taken
// them.
//
// Errors: [driver.ErrCorrupt] if a file does not begin with what was flushed.
func Check(d Dir, entries []*Entry, manifest string) error {
	if !Contains(entries, manifest) {
		return fmt.Errorf("%w: the manifest is not the one of this store", driver.ErrCorrupt)
	}
	for _, e := range entries {
		if e.Synced.Bytes == onlyMade || format.IsManifest(e.Name) && e.Name != manifest {
			continue
		}
		if err := checkEntry(d, e); err != nil {
			return err
		}
	}
	return checkTail(d, entries)
}

func checkEntry(d Dir, e *Entry) error {
	found, err := extentOf(d, e.Name, e.Synced.Bytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: a file of the store is missing", driver.ErrCorrupt)
	case err != nil:
		return fault.Translate(err)
	case found.Bytes < e.Synced.Bytes:
		return fmt.Errorf("%w: a file of the store has %d bytes and had %d", driver.ErrCorrupt, found.Bytes, e.Synced.Bytes)
	case found != e.Synced:
		return fmt.Errorf("%w: a file of the store was changed in its first %d bytes", driver.ErrCorrupt, e.Synced.Bytes)
	}
	return nil
}

// checkTail reports damage in flushed bytes of the newest log. A power cut may
// have taken the ledger's last notes about it, so it asks the log itself.
func checkTail(d Dir, entries []*Entry) error {
	name, number := newestLog(entries)
	if name == "" {
		return nil
	}
	f, err := d.FS.Open(d.File(name))
	if err != nil {
		return fault.Translate(err)
	}
	end, promised, err := format.ScanLog(f, uint32(number))
	switch err = errors.Join(err, f.Close()); {
	case err != nil:
		return fault.Translate(err)
	case end < promised:
		return fmt.Errorf("%w: a log is good for %d bytes only, and %d were flushed", driver.ErrCorrupt, end, promised)
	}
	return nil
}

func newestLog(entries []*Entry) (name string, number uint64) {
	for _, e := range entries {
		n, err := strconv.ParseUint(strings.TrimSuffix(e.Name, ".log"), 10, 64)
		if err == nil && n >= number {
			name, number = e.Name, n
		}
	}
	return name, number
}

// Measure returns the entries of a directory that nobody writes: all files
// that the ledger lists, at their full length.
func Measure(d Dir) (entries []*Entry, err error) {
	names, err := d.FS.List(d.Path)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.DeleteFunc(names, func(name string) bool { return !Lists(name) }) {
		whole, err := extentOf(d, name, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		entries = append(entries, &Entry{name, whole})
	}
	return entries, nil
}

// extentOf reads at most n bytes of a file.
func extentOf(d Dir, name string, n int64) (Extent, error) {
	f, err := d.FS.Open(d.File(name))
	if err != nil {
		return Extent{}, err
	}
	e, err := readExtent(f, n)
	return e, errors.Join(err, f.Close())
}
