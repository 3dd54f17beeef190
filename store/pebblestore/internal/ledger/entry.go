package ledger

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
)

// Entry is one file of the list, with what was flushed of it.
type Entry struct {
	Name   string
	Synced Extent
}

// onlyMade is the length of a file that is listed because a new store made it.
const onlyMade = -1

// Lists reports whether the ledger lists files of that name.
func Lists(name string) bool {
	return format.IsLog(name) || format.IsManifest(name) || format.IsMarker(name)
}

// Contains reports whether one of the entries has that name.
func Contains(entries []*Entry, name string) bool {
	return slices.ContainsFunc(entries, func(e *Entry) bool { return e.Name == name })
}

func without(entries []*Entry, name string) []*Entry {
	return slices.DeleteFunc(entries, func(e *Entry) bool { return e.Name == name })
}

func (e *Entry) append(b []byte) []byte {
	b = append(append(append(b, ' '), e.Name...), ':')
	b = strconv.AppendInt(b, e.Synced.Bytes, 10)
	return strconv.AppendUint(append(b, ':'), uint64(e.Synced.sum), 16)
}

// Read returns the list of the last good line. Every store has such a line.
//
// Errors: [driver.ErrCorrupt] if there is none.
func Read(d Dir) (entries []*Entry, err error) {
	text, err := d.Read(Name)
	if err != nil {
		return nil, fault.Translate(err)
	}
	good := false
	for line := range strings.Lines(text) {
		if listed, ok := parseLine(line); ok {
			entries, good = listed, true
		}
	}
	if !good {
		return nil, fmt.Errorf("%w: the file %s was damaged", driver.ErrCorrupt, Name)
	}
	return entries, nil
}

// parseLine reports whether the line is whole.
func parseLine(line string) (entries []*Entry, ok bool) {
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

func parseEntry(field string) (*Entry, error) {
	parts := strings.Split(field, ":")
	if len(parts) != 3 {
		return nil, driver.ErrCorrupt
	}
	bytes, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return nil, err
	}
	sum, err := strconv.ParseUint(parts[2], 16, 32)
	return &Entry{parts[0], Extent{bytes, uint32(sum)}}, err
}
