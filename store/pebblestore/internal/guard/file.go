package guard

import (
	"runtime"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// file is a file of the store that is open for writing.
type file struct {
	vfs.File
	guard   *FS
	name    string        // of a new file
	entry   *ledger.Entry // nil if the ledger does not list the file
	written ledger.Extent // of a listed file
	filled  int64         // bytes that a log has, zeros included
}

// do is [FS.do], but shows a failure to the flusher of a log.
func (f *file) do(op func() error) error {
	err := f.guard.try(op)
	if err != nil && !onFlusher() {
		park()
	}
	return err
}

// onFlusher reports whether this goroutine is the flusher of a log. The
// goroutine that closes a log calls the same functions, and there the engine
// does not survive an error. Only the stack tells the two apart. It is looked
// at only after a failure.
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

func (f *file) Write(p []byte) (n int, err error) {
	err = f.do(func() error {
		if err := f.fill(len(p)); err != nil {
			return err
		}
		if f.entry != nil {
			f.written = f.written.Plus(p) // before the write, which may change p
		}
		n, err = f.File.Write(p)
		return err
	})
	return n, err
}

// MaxAhead is the most bytes of a log that are written in advance at a time.
// firstAhead is how many it is at first: most logs of small stores stay short.
const (
	MaxAhead   = 1 << 20
	firstAhead = 64 << 10
)

var zeros [MaxAhead]byte

// fill writes zeros to a log ahead of the next n bytes, each time as many as
// the log has, within bounds. A flush of bytes within a file is one write of
// the disk. A flush of bytes behind its end is two, because the end moves, and
// a commit waits for both. The engine stops reading a log at zeros.
func (f *file) fill(n int) error {
	if !format.IsLog(f.name) {
		return nil
	}
	for f.filled < f.written.Bytes+int64(n) {
		ahead := zeros[:min(int64(f.guard.ahead), max(firstAhead, f.filled))]
		if _, err := f.File.WriteAt(ahead, f.filled); err != nil {
			return err
		}
		f.filled += int64(len(ahead))
	}
	return nil
}

func (f *file) WriteAt(p []byte, at int64) (n int, err error) {
	f.guard.do(func() error { n, err = f.File.WriteAt(p, at); return err })
	return n, nil
}

func (f *file) Sync() error { return f.flush(f.File.Sync) }

func (f *file) SyncData() error { return f.flush(f.File.SyncData) }

// flush notes what was flushed before it returns.
func (f *file) flush(op func() error) error {
	return f.do(func() error {
		if err := op(); err != nil || f.entry == nil {
			return err
		}
		return f.guard.note(f.entry, f.written)
	})
}

// note has the ledger note a flush, and makes the note durable within Lag.
func (g *FS) note(e *ledger.Entry, flushed ledger.Extent) error {
	due, err := g.ledger.Note(e, flushed)
	if due {
		time.AfterFunc(g.Lag, func() { _ = g.try(g.ledger.Settle) })
	}
	return err
}

func (f *file) SyncTo(length int64) (full bool, err error) {
	err = f.do(func() error { full, err = f.File.SyncTo(length); return err })
	return full, err
}

func (f *file) Stat() (info vfs.FileInfo, err error) {
	f.guard.do(func() error { info, err = f.File.Stat(); return err })
	return info, nil
}

func (f *file) Close() error {
	f.guard.do(f.File.Close)
	return nil
}

// opened is the store's directory, opened to flush its entries.
type opened struct {
	vfs.File
	guard *FS
}

func (o *opened) Sync() error {
	o.guard.do(func() error { return o.guard.ledger.SyncDir(o.File.Sync) })
	return nil
}

func (o *opened) Close() error {
	o.guard.do(o.File.Close)
	return nil
}
