package pebblestore

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A ledger is a file of our own that lists the logs, manifests and markers of
// the engine, with the length and checksum of what was flushed of each. The
// engine replays the logs that it finds, up to the first bad byte of the newest.
// It takes a bad manifest for one that a crash left, and goes back to an older
// state of the store. It cannot tell damage from what a power cut leaves.
//
// The ledger grows by lines. Each line is complete, the last good one holds. A
// line is durable before the engine relies on a file that it lists, and before a
// listed file is removed or used again. So is a line about a manifest.
//
// Commits do not wait for a second flush. After the flush of a log, and before
// that is acknowledged, a line is written but not flushed, in the place of the
// next durable one. It outlives the process. What only such a line says becomes
// durable within lateBy, for a power cut.
//
// A line is written after the flush that it tells of, so it never says more than
// the disk holds. A line that a power cut tore tells nothing, and the one before
// it still holds.
//
// While a new store is made, a line lists every file of it before there is such a
// file. What is not listed then is somebody else's.
const (
	ledgerBytes = 1 << 20 // then the file is begun anew
	lateBy      = time.Second
)

type ledger struct {
	home home

	// disk is held by whoever changes what is listed, or flushes the file. mu is
	// held for moments, because the flush of a commit waits for it.
	disk   sync.Mutex
	mu     sync.Mutex
	file   vfs.File
	size   int64    // of the durable lines
	line   []byte   // reused
	live   []*entry // what a line lists
	begun  []*entry // files whose names may not be on the disk yet
	made   []string // what was made for a new store, until it is complete
	making bool     // the store is new and not complete
	behind bool     // live says more than the last durable line
	closed bool
}

// entry is one file of the list and what was flushed of it.
type entry struct {
	name   string
	synced extent
}

// onlyMade is the length of a file that is listed because it was made.
const onlyMade = -1

// listed reports whether the ledger is about files of that name.
func listed(name string) bool { return isLog(name) || isManifest(name) || isMarker(name) }

// newLedger begins the file with these entries. If making, the store is new, and
// they tell only which files were made for it before.
func newLedger(h home, entries []*entry, making bool) (*ledger, error) {
	l := &ledger{home: h, making: making}
	for _, e := range entries {
		switch {
		case making && !slices.Contains(l.made, e.name):
			l.made = append(l.made, e.name)
		case !making && e.synced.bytes != onlyMade:
			l.live = append(l.live, e)
		}
	}
	l.compose()
	return l, l.renew()
}

// compose makes the line of what is listed.
func (l *ledger) compose() {
	b := append(l.line[:0], "00000000"...)
	for _, e := range l.live {
		b = e.append(b)
	}
	for _, name := range l.made {
		b = (&entry{name, extent{bytes: onlyMade}}).append(b)
	}
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.ChecksumIEEE(b[8:]))
	hex.Encode(b, sum[:])
	l.line = append(b, '\n')
}

func (e *entry) append(b []byte) []byte {
	b = append(append(append(b, ' '), e.name...), ':')
	b = strconv.AppendInt(b, e.synced.bytes, 10)
	return strconv.AppendUint(append(b, ':'), uint64(e.synced.sum), 16)
}

// renew writes a file of one line in place of the old one, which is closed first:
// Windows replaces no file that is open.
func (l *ledger) renew() error {
	files := l.home.fs
	if err := l.home.writeFile(ledgerNewName, string(l.line)); err != nil {
		return err
	}
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			return err
		}
	}
	if err := files.Rename(l.home.path(ledgerNewName), l.home.path(ledgerName)); err != nil {
		return err
	}
	if err := syncDir(files, l.home.dir); err != nil {
		return err
	}
	f, err := files.OpenReadWrite(l.home.path(ledgerName), vfs.WriteCategoryUnspecified)
	l.file, l.size = f, int64(len(l.line))
	return err
}

// save adds a durable line. The caller holds disk.
func (l *ledger) save() error {
	f, err := l.append()
	if err != nil || f == nil {
		return err
	}
	return f.Sync()
}

// append writes the line and returns the file, which is to be flushed unless it
// is nil.
func (l *ledger) append() (vfs.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind = false
	l.compose()
	if l.size+int64(len(l.line)) > ledgerBytes {
		return nil, l.renew()
	}
	_, err := l.file.WriteAt(l.line, l.size)
	l.size += int64(len(l.line))
	return l.file, err
}

// note takes note of what was flushed of a file. It reports whether this is the
// first note that no durable line has: settle is due then.
func (l *ledger) note(e *entry, synced extent) (due bool, err error) {
	if isManifest(e.name) {
		return false, l.change(func() { e.synced = synced })
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.synced = synced
	due, l.behind = !l.behind, true
	l.compose()
	_, err = l.file.WriteAt(l.line, l.size)
	return due, err
}

// settle makes the notes durable.
func (l *ledger) settle() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if l.closed || !l.isBehind() {
		return nil
	}
	return l.save()
}

func (l *ledger) isBehind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.behind
}

// change changes the list and adds a durable line.
func (l *ledger) change(how func()) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.locked(how)
	return l.save()
}

func (l *ledger) locked(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// announce lists a file of a new store that is about to be made.
func (l *ledger) announce(name string) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if !l.making || slices.Contains(l.made, name) {
		return nil
	}
	l.locked(func() { l.made = append(l.made, name) })
	return l.save()
}

// complete ends the making of a new store. The next line is without what only
// that was about.
func (l *ledger) complete() {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.locked(func() { l.making, l.made = false, nil })
}

// begin returns the entry of a new file, nil if the ledger is not about it. The
// file is listed with the next flush of the directory, which the engine waits for
// before it relies on the file. A manifest is listed as soon as it has content:
// the next flush of the directory may make it the current one.
func (l *ledger) begin(name string) *entry {
	if !listed(name) {
		return nil
	}
	l.disk.Lock()
	defer l.disk.Unlock()
	e := &entry{name: name}
	l.locked(func() {
		l.live = without(l.live, name) // a file that a power cut took
		if isManifest(name) {
			l.live = append(l.live, e)
		} else {
			l.begun = append(without(l.begun, name), e)
		}
	})
	return e
}

// syncDir flushes the directory and lists what it made safe.
func (l *ledger) syncDir(flush func() error) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if err := flush(); err != nil || len(l.begun) == 0 {
		return err
	}
	l.locked(func() {
		l.live = append(l.live, l.begun...)
		l.begun = nil
	})
	return l.save()
}

// forget takes a file out that is about to go.
func (l *ledger) forget(name string) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	before := len(l.live)
	l.locked(func() {
		l.begun = without(l.begun, name)
		l.live = without(l.live, name)
	})
	if len(l.live) == before {
		return nil
	}
	return l.save()
}

func without(entries []*entry, name string) []*entry {
	return slices.DeleteFunc(entries, func(e *entry) bool { return e.name == name })
}

// close makes everything durable. The tables hold what was in the logs, so it
// lists the logs no more and returns their names.
func (l *ledger) close() (logs []string, err error) {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.closed = true
	for _, e := range slices.Concat(l.live, l.begun) {
		if isLog(e.name) {
			logs = append(logs, e.name)
		}
	}
	l.locked(func() { l.live = slices.DeleteFunc(l.live, func(e *entry) bool { return isLog(e.name) }) })
	return logs, errors.Join(l.save(), l.file.Close())
}
