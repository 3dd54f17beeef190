package pebblestore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/driver"
)

// A ledger is a file of our own that says which logs and manifests there are,
// and how long each is at least. The engine replays the logs that it finds: it
// does not miss one that is gone, nor the end of one that was cut between two
// records. A manifest that was cut short it takes for one that a crash left, and
// goes back to an older state of the store.
//
// The ledger grows by a line, which is the whole of it anew, when a log is begun,
// when its first bytes are safe and before a log is removed or used again. A line
// that a power cut tore tells nothing; the one before it still holds, because
// what the new one was to announce had not been relied on yet. Commits in between
// write none. Close leaves no log in it, for then no log matters.
const (
	ledgerName    = "FILES"
	ledgerNewName = "FILES.new"
	ledgerBytes   = 1 << 20 // then the file is begun anew
)

type ledger struct {
	home home

	mu    sync.Mutex
	file  vfs.File
	size  int64
	live  map[string]*length // by name
	begun map[string]*length // whose names may not be on the disk yet
}

// length counts the bytes of one file.
type length struct{ written, synced atomic.Int64 }

// listed reports whether the ledger is about files of that name.
func listed(name string) bool { return isLog(name) || isManifest(name) }

func isLog(name string) bool      { return strings.HasSuffix(name, ".log") }
func isManifest(name string) bool { return strings.HasPrefix(name, "MANIFEST-") }

// newLedger begins the file with what the last one said.
func newLedger(h home, noted map[string]int64) (*ledger, error) {
	l := &ledger{home: h, live: map[string]*length{}, begun: map[string]*length{}}
	for name, n := range noted {
		l.live[name] = &length{}
		l.live[name].synced.Store(n)
	}
	return l, l.renew()
}

// renew writes a file of one line in place of the old one.
func (l *ledger) renew() error {
	files, line := l.home.fs, l.line()
	if err := l.home.writeUnlisted(ledgerNewName, line); err != nil {
		return err
	}
	if err := files.Rename(l.home.path(ledgerNewName), l.home.path(ledgerName)); err != nil {
		return err
	}
	if err := syncDir(files, l.home.dir); err != nil {
		return err
	}
	f, err := files.OpenReadWrite(l.home.path(ledgerName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	old := l.file
	l.file, l.size = f, int64(len(line))
	if old != nil {
		return old.Close()
	}
	return nil
}

func (l *ledger) line() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l.live)) {
		fmt.Fprintf(&b, " %s:%d", name, l.live[name].synced.Load())
	}
	return fmt.Sprintf("%08x%s\n", checksum(b.String()), b.String())
}

func checksum(text string) uint32 { return crc32.ChecksumIEEE([]byte(text)) }

// write adds a line, durably.
func (l *ledger) write() error {
	line := l.line()
	if l.size+int64(len(line)) > ledgerBytes {
		return l.renew()
	}
	if _, err := l.file.WriteAt([]byte(line), l.size); err != nil {
		return err
	}
	l.size += int64(len(line))
	return l.file.Sync()
}

// begin takes note of a file that was made. It is listed with the next flush of
// the directory, which the engine waits for before it relies on the file.
func (l *ledger) begin(name string, n *length) {
	if !listed(name) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[name] = n
}

// syncDir flushes the directory and lists what it made safe.
func (l *ledger) syncDir(flush func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := flush(); err != nil {
		return err
	}
	logs := false
	for name := range l.begun {
		logs = logs || isLog(name)
	}
	maps.Copy(l.live, l.begun)
	clear(l.begun)
	if !logs {
		return nil // a manifest is told with the next line
	}
	return l.write()
}

// synced takes note that the file is safe up to there. The first bytes of a log
// are worth a line: from then on it holds commits.
func (l *ledger) synced(name string, n *length, upTo int64) error {
	if n.synced.Swap(upTo) > logTrailer || upTo <= logTrailer || !isLog(name) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write()
}

// forget takes a file out that is about to go.
func (l *ledger) forget(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.begun, name)
	if l.live[name] == nil {
		return nil
	}
	delete(l.live, name)
	return l.write()
}

// close leaves the manifest in the ledger, and no log: the tables hold everything.
func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.live, func(name string, _ *length) bool { return isLog(name) })
	return errors.Join(l.write(), l.file.Close())
}

// readLedger is what the last whole line says. A ledger that is missing says
// nothing.
func (h home) readLedger() (noted map[string]int64, err error) {
	text, err := h.readFile(ledgerName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, translate(err)
	}
	for line := range strings.Lines(text) {
		if one := parseLedger(line); one != nil {
			noted = one
		}
	}
	return noted, nil
}

// parseLedger is nil for a line that is not whole.
func parseLedger(line string) map[string]int64 {
	line, ended := strings.CutSuffix(line, "\n")
	if !ended || len(line) < 8 {
		return nil
	}
	var sum uint32
	if _, err := fmt.Sscanf(line[:8], "%08x", &sum); err != nil || sum != checksum(line[8:]) {
		return nil
	}
	noted := map[string]int64{}
	for _, entry := range strings.Fields(line[8:]) {
		name, bytes, _ := strings.Cut(entry, ":")
		var n int64
		if _, err := fmt.Sscan(bytes, &n); err != nil {
			return nil
		}
		noted[name] = n
	}
	return noted
}

// measure is what to note of the files of a copy, which nobody writes.
func (h home) measure() (noted map[string]int64, err error) {
	names, err := h.fs.List(h.dir)
	noted = map[string]int64{}
	for _, name := range names {
		switch {
		case err != nil:
		case isLog(name):
			noted[name], _, err = h.readLog(name)
		case isManifest(name):
			var info vfs.FileInfo
			if info, err = h.fs.Stat(h.path(name)); err == nil {
				noted[name] = info.Size()
			}
		}
	}
	return noted, err
}

// checkLedger compares the directory with it, and looks through the newest log:
// in older ones the engine tolerates no damage.
func (h home) checkLedger(noted map[string]int64, seen *pebble.DBDesc) error {
	newest := ""
	for name, bytes := range noted {
		if isManifest(name) && name != h.fs.PathBase(seen.ManifestFilename) {
			continue
		}
		info, err := h.fs.Stat(h.path(name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: a file of the store is missing", driver.ErrCorrupt)
		case err != nil:
			return translate(err)
		case info.Size() < bytes:
			return fmt.Errorf("%w: a file of the store has %d bytes and had %d", driver.ErrCorrupt, info.Size(), bytes)
		}
		if isLog(name) && (len(name) > len(newest) || len(name) == len(newest) && name > newest) {
			newest = name
		}
	}
	if newest == "" {
		return nil
	}
	return h.checkLog(newest, noted[newest])
}
