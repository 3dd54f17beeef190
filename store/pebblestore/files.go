package pebblestore

import (
	"io"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guard is the file system as the engine sees it. Nothing that the engine does
// to a file of the store ever fails in its sight: the first operation that does
// marks the store as failed, and its goroutine, like every goroutine of the
// engine that touches a file afterwards, is parked for good.
//
// The engine offers nothing better. After a failed write it calls Fatalf and
// means it; after a failed log rotation it panics while a deferred call is about
// to unlock a mutex that is not locked, which no recover can stop. So a failed
// engine is abandoned as it stands, with its goroutines and memory, and whoever
// waits for it is told by the mark. No byte reaches the store's directory from
// then on, so that it can be opened again in the same process.
//
// Reads fail as they do anywhere: the engine copes with that. So do files of
// other directories, such as a checkpoint's. And the engine's log flusher: it
// hands a failure to the commits that wait for it, whose callers are thus let go,
// and touches the log no more. Whoever closes that log is parked.
type guard struct {
	vfs.FS
	dir   string
	still func() error // reports whether the directory is still the one that is locked
	fail  *failure
	busy  sync.RWMutex // read-held by each operation that is under way

	ledger *ledger       // nil under ReadOnly
	ahead  int           // how many bytes of a log are written in advance, at most maxAhead
	lag    time.Duration // how long the ledger may know of a flush without being flushed itself
}

// do runs an operation that changes the store's directory, and does not return if
// it fails.
func (g *guard) do(op func() error) {
	if g.try(op) != nil {
		park()
	}
}

// try is do for those who may hear of the failure.
func (g *guard) try(op func() error) error {
	err := g.unlessFailed(op)
	if err != nil {
		g.fail.set(engineFailure(err))
	}
	return err
}

func (g *guard) unlessFailed(op func() error) error {
	g.busy.RLock()
	defer g.busy.RUnlock()
	if err := g.fail.err(); err != nil {
		return err
	}
	if err := g.still(); err != nil {
		return err
	}
	return op()
}

// park never returns. Ending the goroutine instead would run its deferred calls,
// among them the fatal one.
func park() { select {} }

// fence returns when no operation on the directory is under way. After the mark
// was set, none begins.
func (g *guard) fence() {
	g.busy.Lock()
	defer g.busy.Unlock()
}

func (g *guard) guards(name string) bool { return g.PathDir(name) == g.dir }

// open guards a file that was opened for writing.
func (g *guard) open(name string, op func() (vfs.File, error)) (f vfs.File, err error) {
	if !g.guards(name) {
		return op()
	}
	g.do(func() error { f, err = op(); return err })
	return &guardedFile{File: f, guard: g}, nil
}

// begin is open for a file that is made, which the ledger hears of.
func (g *guard) begin(name string, op func() (vfs.File, error)) (f vfs.File, err error) {
	if !g.guards(name) {
		return op()
	}
	made := &guardedFile{guard: g, name: g.PathBase(name)}
	g.do(func() error {
		if err := g.ledger.home.inWay(made.name); err != nil {
			return err
		}
		if err := g.ledger.announce(made.name); err != nil {
			return err
		}
		if made.File, err = op(); err != nil {
			return err
		}
		made.entry = g.ledger.begin(made.name)
		info, err := made.File.Stat()
		if err == nil {
			made.filled = info.Size() // of a log that is used again
		}
		return err
	})
	return made, nil
}

func (g *guard) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.begin(name, func() (vfs.File, error) {
		if isMarker(g.PathBase(name)) {
			if err := g.ledger.syncDir(g.syncDir); err != nil {
				return nil, err
			}
		}
		return g.FS.Create(name, category)
	})
}

// syncDir flushes the directory. The engine does so only after it has made a
// marker: a power cut in between could keep the marker and not the manifest that
// it names.
func (g *guard) syncDir() error { return syncDir(g.FS, g.dir) }

func (g *guard) OpenReadWrite(name string, category vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return g.open(name, func() (vfs.File, error) { return g.FS.OpenReadWrite(name, category, o...) })
}

func (g *guard) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.begin(newname, func() (vfs.File, error) {
		if err := g.ledger.forget(g.PathBase(oldname)); err != nil {
			return nil, err
		}
		return g.FS.ReuseForWrite(oldname, newname, category)
	})
}

// OpenDir guards the directory's own Sync.
func (g *guard) OpenDir(name string) (vfs.File, error) {
	f, err := g.FS.OpenDir(name)
	if err != nil || name != g.dir {
		return f, err
	}
	return &guardedDir{File: f, guard: g}, nil
}

func (g *guard) Rename(oldname, newname string) error {
	if !g.guards(newname) {
		return g.FS.Rename(oldname, newname)
	}
	g.do(func() error {
		if err := g.ledger.announce(g.PathBase(newname)); err != nil {
			return err
		}
		return g.FS.Rename(oldname, newname)
	})
	return nil
}

// Remove may fail, as the engine only cleans up with it, but not begin after the
// mark.
func (g *guard) Remove(name string) (err error) {
	if !g.guards(name) {
		return g.FS.Remove(name)
	}
	g.do(func() error {
		if err := g.ledger.forget(g.PathBase(name)); err != nil {
			return err
		}
		err = g.FS.Remove(name)
		return nil
	})
	return err
}

// Lock is a formality: Open holds the lock already, and keeps it until no
// operation of the engine is under way.
func (g *guard) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// GetDiskUsage is for the engine's comfort only: it may not fail.
func (g *guard) GetDiskUsage(path string) (vfs.DiskUsage, error) {
	u, err := g.FS.GetDiskUsage(path)
	if err != nil {
		return u, vfs.ErrUnsupported
	}
	return u, nil
}

func (g *guard) Unwrap() vfs.FS { return g.FS }

// guardedFile is a file of the store that is open for writing.
type guardedFile struct {
	vfs.File
	guard   *guard
	name    string // of a file that was made
	entry   *entry // nil for a file that the ledger does not list
	written extent // of a listed file
	filled  int64  // how far a log has been written to before, if only with zeros
}

// do is the guard's do, but the flusher of a log hears of a failure.
func (f *guardedFile) do(op func() error) error {
	err := f.guard.try(op)
	if err != nil && !onFlusher() {
		park()
	}
	return err
}

// onFlusher reports whether this goroutine is the flusher of a log: the same
// functions are called by whoever closes one, where the engine does not get over
// an error. Nothing but the stack tells the two apart, and only a failure asks.
func onFlusher() bool {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "/record.(*LogWriter).flushLoop") {
			return true
		}
		if !more {
			return false
		}
	}
}

func (f *guardedFile) Write(p []byte) (n int, err error) {
	err = f.do(func() error {
		if err := f.fill(len(p)); err != nil {
			return err
		}
		if f.entry != nil {
			f.written = f.written.plus(p) // before the write, which may change p
		}
		n, err = f.File.Write(p)
		return err
	})
	return n, err
}

const maxAhead = 1 << 20

var zeros [maxAhead]byte

// fill writes zeros to a log ahead of the next n bytes. A flush of bytes that lie
// within a file, where there were others before, is one write of the disk; one of
// bytes behind its end is two, as the end moves, and a commit waits for both. The
// engine stops reading a log at zeros.
func (f *guardedFile) fill(n int) error {
	if !isLog(f.name) {
		return nil
	}
	for f.filled < f.written.bytes+int64(n) {
		ahead := zeros[:f.guard.ahead]
		if _, err := f.File.WriteAt(ahead, f.filled); err != nil {
			return err
		}
		f.filled += int64(len(ahead))
	}
	return nil
}

func (f *guardedFile) WriteAt(p []byte, at int64) (n int, err error) {
	f.guard.do(func() error { n, err = f.File.WriteAt(p, at); return err })
	return n, nil
}

func (f *guardedFile) Sync() error { return f.flush(f.File.Sync) }

func (f *guardedFile) SyncData() error { return f.flush(f.File.SyncData) }

// flush notes what it made safe before anybody hears of it.
func (f *guardedFile) flush(op func() error) error {
	return f.do(func() error {
		if err := op(); err != nil || f.entry == nil {
			return err
		}
		return f.guard.note(f.entry, f.written)
	})
}

// note has the ledger note a flush, and settles the notes within lag.
func (g *guard) note(e *entry, flushed extent) error {
	due, err := g.ledger.note(e, flushed)
	if due {
		time.AfterFunc(g.lag, func() { _ = g.try(g.ledger.settle) })
	}
	return err
}

func (f *guardedFile) SyncTo(length int64) (full bool, err error) {
	err = f.do(func() error { full, err = f.File.SyncTo(length); return err })
	return full, err
}

func (f *guardedFile) Stat() (info vfs.FileInfo, err error) {
	f.guard.do(func() error { info, err = f.File.Stat(); return err })
	return info, nil
}

func (f *guardedFile) Close() error {
	f.guard.do(f.File.Close)
	return nil
}

// guardedDir is the store's directory.
type guardedDir struct {
	vfs.File
	guard *guard
}

func (d *guardedDir) Sync() error {
	d.guard.do(func() error { return d.guard.ledger.syncDir(d.File.Sync) })
	return nil
}

func (d *guardedDir) Close() error {
	d.guard.do(d.File.Close)
	return nil
}
