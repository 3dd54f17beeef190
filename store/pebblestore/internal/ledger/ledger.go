package ledger

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
)

// The names of the ledger's files. NewName exists while the file is begun
// anew.
const (
	Name    = "FILES"
	NewName = "FILES.new"
)

// maxBytes is the length at which the file is begun anew.
const maxBytes = 1 << 20

// Ledger writes the file FILES of an open store.
type Ledger struct {
	dir Dir

	// Take disk before changing the list or flushing the file. Hold mu
	// only for moments: the flush of a commit waits for it.
	disk   sync.Mutex
	mu     sync.Mutex
	file   vfs.File
	size   int64    // of the durable lines
	most   int64    // maxBytes, except in tests
	line   []byte   // reused
	live   []*Entry // what a line lists
	begun  []*Entry // files whose names may not be on the disk yet
	made   []string // what was made for a new store, until it is complete
	making bool     // the store is new and not complete
	behind bool     // live says more than the last durable line
	closed bool
}

// New begins the file with these entries. If making is true, the store is new,
// and the entries only tell which files earlier attempts made for it.
func New(d Dir, entries []*Entry, making bool) (*Ledger, error) {
	l := &Ledger{dir: d, making: making, most: maxBytes}
	for _, e := range entries {
		switch {
		case making && !slices.Contains(l.made, e.Name):
			l.made = append(l.made, e.Name)
		case !making && e.Synced.Bytes != onlyMade:
			l.live = append(l.live, e)
		}
	}
	l.compose()
	return l, l.renew()
}

// Write writes the ledger of a copy, which has these files and no others.
func Write(d Dir, entries []*Entry) error {
	l, err := New(d, entries, false)
	if err != nil {
		return err
	}
	return l.file.Close()
}

// compose makes the line of the list.
func (l *Ledger) compose() {
	b := append(l.line[:0], "00000000"...)
	for _, e := range l.live {
		b = e.append(b)
	}
	for _, name := range l.made {
		b = (&Entry{name, Extent{Bytes: onlyMade}}).append(b)
	}
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.ChecksumIEEE(b[8:]))
	hex.Encode(b, sum[:])
	l.line = append(b, '\n')
}

// renew replaces the file by one of a single line. It closes the old file
// first: Windows does not replace an open file.
func (l *Ledger) renew() error {
	files := l.dir.FS
	if err := l.dir.Write(NewName, string(l.line)); err != nil {
		return err
	}
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			return err
		}
	}
	if err := files.Rename(l.dir.File(NewName), l.dir.File(Name)); err != nil {
		return err
	}
	if err := l.dir.Sync(); err != nil {
		return err
	}
	f, err := files.OpenReadWrite(l.dir.File(Name), vfs.WriteCategoryUnspecified)
	l.file, l.size = f, int64(len(l.line))
	return err
}

// save adds a durable line. The caller holds disk.
func (l *Ledger) save() error {
	f, err := l.append()
	if err != nil || f == nil {
		return err
	}
	return f.Sync()
}

// append writes the line. It returns the file that the caller must flush, or
// nil if there is nothing to flush.
func (l *Ledger) append() (vfs.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind = false
	l.compose()
	if l.size+int64(len(l.line)) > l.most {
		return nil, l.renew()
	}
	_, err := l.file.WriteAt(l.line, l.size)
	l.size += int64(len(l.line))
	return l.file, err
}

// Note records what was flushed of a file. If due is true, this note is the
// first that no durable line has: the caller must call Settle in time.
func (l *Ledger) Note(e *Entry, synced Extent) (due bool, err error) {
	if format.IsManifest(e.Name) {
		return false, l.change(func() { e.Synced = synced })
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Synced = synced
	due, l.behind = !l.behind, true
	l.compose()
	_, err = l.file.WriteAt(l.line, l.size)
	return due, err
}

// Settle makes the notes durable.
func (l *Ledger) Settle() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if l.closed || !l.isBehind() {
		return nil
	}
	return l.save()
}

func (l *Ledger) isBehind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.behind
}

// change changes the list and adds a durable line.
func (l *Ledger) change(how func()) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.locked(how)
	return l.save()
}

func (l *Ledger) locked(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// Announce lists a file of a new store that is about to be made.
func (l *Ledger) Announce(name string) error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if !l.making || slices.Contains(l.made, name) {
		return nil
	}
	l.locked(func() { l.made = append(l.made, name) })
	return l.save()
}

// Complete ends the making of a new store. Later lines list only what every
// store lists.
func (l *Ledger) Complete() {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.locked(func() { l.making, l.made = false, nil })
}

// Begin returns the entry of a new file, or nil if the ledger does not list
// such files. The entry joins the list with the next flush of the directory;
// the engine waits for that flush before it relies on the file. A manifest
// joins the list at once, because the next flush of the directory may make it
// the current one.
func (l *Ledger) Begin(name string) *Entry {
	if !Lists(name) {
		return nil
	}
	l.disk.Lock()
	defer l.disk.Unlock()
	e := &Entry{Name: name}
	l.locked(func() {
		l.live = without(l.live, name) // a file that a power cut took
		if format.IsManifest(name) {
			l.live = append(l.live, e)
		} else {
			l.begun = append(without(l.begun, name), e)
		}
	})
	return e
}

// SyncDir flushes the directory and lists the files that this made durable.
func (l *Ledger) SyncDir(flush func() error) error {
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

// Forget removes a file from the list. The caller is about to remove or reuse
// the file itself.
func (l *Ledger) Forget(name string) error {
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

// Close makes everything durable and closes the file. It removes the logs from
// the list, whose content is in tables by now, and returns their names.
func (l *Ledger) Close() (logs []string, err error) {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.closed = true
	for _, e := range slices.Concat(l.live, l.begun) {
		if format.IsLog(e.Name) {
			logs = append(logs, e.Name)
		}
	}
	l.locked(func() { l.live = slices.DeleteFunc(l.live, func(e *Entry) bool { return format.IsLog(e.Name) }) })
	return logs, errors.Join(l.save(), l.file.Close())
}
