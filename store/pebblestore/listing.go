package pebblestore

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// readLedger returns what the last good line lists. Every store has such a line.
func (h home) readLedger() (entries []*entry, err error) {
	text, err := h.readFile(ledgerName)
	if err != nil {
		return nil, translate(err)
	}
	good := false
	for line := range strings.Lines(text) {
		if listed, ok := parseLine(line); ok {
			entries, good = listed, true
		}
	}
	if !good {
		return nil, fmt.Errorf("%w: the file %s was damaged", driver.ErrCorrupt, ledgerName)
	}
	return entries, nil
}

// parseLine reports whether the line is whole.
func parseLine(line string) (entries []*entry, ok bool) {
	line, ended := strings.CutSuffix(line, "\n")
	if !ended || len(line) < 8 {
		return nil, false
	}
	sum, err := hex.DecodeString(line[:8])
	if err != nil || binary.BigEndian.Uint32(sum) != crc32.ChecksumIEEE([]byte(line[8:])) {
		return nil, false
	}
	for _, field := range strings.Fields(line[8:]) {
		e, err := parseEntry(field)
		if err != nil {
			return nil, false
		}
		entries = append(entries, e)
	}
	return entries, true
}

func parseEntry(field string) (*entry, error) {
	parts := strings.Split(field, ":")
	if len(parts) != 3 {
		return nil, driver.ErrCorrupt
	}
	bytes, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return nil, err
	}
	sum, err := strconv.ParseUint(parts[2], 16, 32)
	return &entry{parts[0], extent{bytes, uint32(sum)}}, err
}

func isNoted(entries []*entry, name string) bool {
	return slices.ContainsFunc(entries, func(e *entry) bool { return e.name == name })
}

// measure returns the entries of a copy, which nobody writes.
func (h home) measure() (entries []*entry, err error) {
	names, err := h.fs.List(h.dir)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.DeleteFunc(names, func(name string) bool { return !listed(name) }) {
		whole, err := h.extent(name, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		entries = append(entries, &entry{name, whole})
	}
	return entries, nil
}

// extent reads at most n bytes of a file.
func (h home) extent(name string, n int64) (extent, error) {
	f, err := h.fs.Open(h.path(name))
	if err != nil {
		return extent{}, err
	}
	e, err := readExtent(f, n)
	return e, errors.Join(err, f.Close())
}

// checkLedger compares the directory with the list. A manifest that is not the
// current one does not matter, and a power cut may have taken it.
func (h home) checkLedger(entries []*entry, seen *pebble.DBDesc) error {
	current := h.fs.PathBase(seen.ManifestFilename)
	if !slices.ContainsFunc(entries, func(e *entry) bool { return e.name == current }) {
		return fmt.Errorf("%w: the manifest is not the one of this store", driver.ErrCorrupt)
	}
	for _, e := range entries {
		if e.synced.bytes == onlyMade || isManifest(e.name) && e.name != current {
			continue
		}
		if err := h.checkEntry(e); err != nil {
			return err
		}
	}
	return h.checkTail(entries)
}

// checkEntry refuses a file that does not begin with what was flushed.
func (h home) checkEntry(e *entry) error {
	found, err := h.extent(e.name, e.synced.bytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: a file of the store is missing", driver.ErrCorrupt)
	case err != nil:
		return translate(err)
	case found.bytes < e.synced.bytes:
		return fmt.Errorf("%w: a file of the store has %d bytes and had %d", driver.ErrCorrupt, found.bytes, e.synced.bytes)
	case found != e.synced:
		return fmt.Errorf("%w: a file of the store was changed in its first %d bytes", driver.ErrCorrupt, e.synced.bytes)
	}
	return nil
}
