package guard

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// lateBy is the Lag of a store.
const lateBy = time.Second

// FS is the file system that the engine sees. In the store's directory the
// engine never sees an operation fail: the first failure sets the mark, and
// blocks its goroutine for good. After that, every goroutine of the engine
// that touches a file is blocked too.
//
// The engine offers nothing better. After a failed write it calls Fatalf and
// expects not to return; after a failed log rotation it panics while a
// deferred call is about to unlock a mutex that is not locked, which no
// recover can stop. So a failed engine is abandoned, with its goroutines and
// memory. Callers that wait for it learn of the failure by the mark.
//
// Three kinds of failure are shown to the engine. Reads: the engine handles
// them. Files of other directories, such as a checkpoint's. And the engine's
// log flusher: it passes a failure on to the commits that wait for it, which
// releases their callers, and then leaves the log alone. The goroutine that
// closes that log is blocked.
type FS struct {
	vfs.FS
	dir  *Dir
	mark *fault.Mark
	busy sync.RWMutex // read-held by each operation that is under way

	found  found
	ledger *ledger.Ledger // nil until Begin, and under ReadOnly
	ahead  int            // bytes of a log that are written in advance

	// Lag is how long a note of the ledger may wait for its own flush.
	// Only tests change it.
	Lag time.Duration
}

// Files checks the files of the store, if there is one, and returns the file
// system for the engine. ahead is how many bytes of a log are written in
// advance, at most [MaxAhead].
//
// Errors: [driver.ErrCorrupt] if files are missing or damaged.
func (d *Dir) Files(mark *fault.Mark, ahead int) (*FS, error) {
	found, err := d.home.inspect(d.o)
	if err != nil {
		return nil, err
	}
	return &FS{
		FS: ours{d.home.FS, found.foreign}, dir: d, mark: mark, found: found,
		ahead: min(MaxAhead, ahead), Lag: lateBy,
	}, nil
}

// Exists reports whether there was a store when the files were checked.
func (g *FS) Exists() bool { return g.found.exists }

// Version returns the engine's format of the store, or of a new one.
func (g *FS) Version() pebble.FormatMajorVersion {
	if g.found.exists {
		return g.found.version
	}
	return format.Version
}

// Begin begins the ledger, and announces a new store. Call it before the
// engine opens, unless Options.ReadOnly is set.
func (g *FS) Begin() (err error) {
	var noted []*ledger.Entry
	if g.found.exists {
		noted, err = ledger.Read(g.dir.home.Dir)
	} else {
		noted, err = g.dir.home.begin()
	}
	if err != nil {
		return err
	}
	g.ledger, err = ledger.New(g.dir.home.Dir, noted, !g.found.exists)
	return fault.Translate(err)
}

// Complete marks a new store as complete.
func (g *FS) Complete() error {
	if err := g.dir.home.complete(); err != nil {
		return fault.Translate(err)
	}
	g.ledger.Complete()
	return nil
}

// End closes the ledger and removes the logs, which do not matter once the
// engine has closed. If a kill leaves some of them, the engine removes them
// later.
func (g *FS) End() {
	g.do(func() error {
		logs, err := g.ledger.Close()
		for _, name := range logs {
			if err == nil {
				err = g.dir.home.FS.Remove(g.dir.home.File(name))
			}
		}
		return err
	})
}

// Fence waits until no operation on the directory is under way. Once the mark
// is set, no other one begins.
func (g *FS) Fence() {
	g.busy.Lock()
	defer g.busy.Unlock()
}

// do runs an operation that changes the store's directory. If it fails, do
// does not return.
func (g *FS) do(op func() error) {
	if g.try(op) != nil {
		park()
	}
}

// try is do, but returns the error.
func (g *FS) try(op func() error) error {
	err := g.unlessFailed(op)
	if err != nil {
		g.mark.Set(fault.Failure(err))
	}
	return err
}

func (g *FS) unlessFailed(op func() error) error {
	g.busy.RLock()
	defer g.busy.RUnlock()
	if err := g.mark.Err(); err != nil {
		return err
	}
	if err := g.dir.lock.still(); err != nil {
		return err
	}
	return op()
}

// park never returns. Ending the goroutine instead would run its deferred
// calls, and one of them is the fatal unlock.
func park() { select {} }
