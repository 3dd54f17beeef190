package pebblestore

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// full is a disk that refuses every change while it is full.
type full struct {
	vfs.FS
	on atomic.Bool
}

func newFull(disk vfs.FS) *full {
	f := &full{}
	f.FS = counted(disk, func(int) error {
		if f.on.Load() {
			return syscall.ENOSPC
		}
		return nil
	})
	return f
}

// TestFullDisk fills the disk under 64 writers. Each gets an error, and so
// does every later call. With room again, the store opens in the same process
// with everything acknowledged.
func TestFullDisk(t *testing.T) {
	for _, compacting := range []bool{false, true} {
		disk := newFull(vfs.NewMem())
		b, err := openBackend("db", small(disk))
		require.NoError(t, err)
		ws := newWriters(64)
		reached, stop := ws.start(b, 500)
		<-reached
		disk.on.Store(true)
		if compacting {
			go func(db *pebble.DB) { _ = db.Flush() }(b.db) // parked with the engine
		}
		stop() // after the last commit of each, which may just have come through
		require.Error(t, b.Commit(ctx, "n", &driver.Commit{Writes: []driver.Write{put("a", "0")}}))
		<-b.fail.Failed()

		fails := func(err error) {
			t.Helper()
			require.ErrorIs(t, err, driver.ErrUnavailable)
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.NotErrorIs(t, err, driver.ErrCorrupt)
		}
		fails(b.Commit(ctx, "n", &driver.Commit{Writes: []driver.Write{put("a", "1")}}))
		fails(b.Commit(ctx, "n", &driver.Commit{Checks: []driver.Check{{Key: key("a")}}}))
		fails(b.Read(ctx, "n", []driver.Key{key("a")}, make([]driver.Record, 1)))
		_, err = b.Scan(ctx, "n", driver.Query{Limit: 1})
		fails(err)
		_, err = b.Snapshot(ctx, "n")
		fails(err)
		_, err = b.Namespaces(ctx, "", 1)
		fails(err)
		fails(b.use(func() error { return b.checkpoint("copy") }))
		fails(b.Close())

		_, err = openBackend("db", small(disk))
		fails(err)
		disk.on.Store(false)
		b, err = openBackend("db", small(disk))
		require.NoError(t, err)
		ws.resume(t, b, ws.acked(), ws.tried())
		require.NoError(t, b.Close())
	}
}

// A commit that was under way when the engine failed has an unknown outcome.
func TestOutcomeOfFailedFlush(t *testing.T) {
	disk := newFull(vfs.NewMem())
	b, err := openBackend("db", small(disk))
	require.NoError(t, err)
	disk.on.Store(true)
	err = b.Commit(ctx, "n", &driver.Commit{Writes: []driver.Write{put("a", "1")}})
	require.ErrorIs(t, err, driver.ErrUnknownOutcome)
	require.ErrorIs(t, err, driver.ErrUnavailable)
	err = b.Commit(ctx, "n", &driver.Commit{Writes: []driver.Write{put("a", "1")}})
	require.NotErrorIs(t, err, driver.ErrUnknownOutcome, "it was never begun")
	require.ErrorIs(t, err, driver.ErrUnavailable)
	require.ErrorIs(t, b.Close(), driver.ErrUnavailable)
}

// A Fatalf or a panic of the engine, on a goroutine of its own, fails the
// store. The process lives.
func TestFatalAndPanic(t *testing.T) {
	for name, break_ := range map[string]func(b *backend, log *engineLog){
		"fatal": func(_ *backend, log *engineLog) {
			log.Fatalf("cannot go on: %v", fmt.Errorf("because of %q", "secret"))
		},
		"panic": func(*backend, *engineLog) { panic("because of secret") },
	} {
		t.Run(name, func(t *testing.T) {
			b := openMem(t, vfs.NewMem())
			log := &engineLog{fail: b.fail}
			err := b.engine(func() error { break_(b, log); return nil })
			require.ErrorIs(t, err, driver.ErrUnavailable)
			assert.NotContains(t, err.Error(), "secret")
			require.ErrorIs(t, b.Commit(ctx, "n", &driver.Commit{Deletes: driver.ClearRanges()}), driver.ErrUnavailable)
			require.ErrorIs(t, b.Close(), driver.ErrUnavailable)
		})
	}
}

// A transaction that read a commit whose flush is under way is acknowledged
// only after that flush, though it has nothing to flush itself.
func TestCheckWaitsForFlush(t *testing.T) {
	disk := newHeld(vfs.NewMem())
	b := openMem(t, disk)
	disk.hold()
	set := make(chan error, 1)
	go func() { set <- b.Commit(ctx, "n", &driver.Commit{Writes: []driver.Write{put("a", "1")}}) }()
	<-disk.reached

	r := get(t, b, "a")
	require.True(t, r.Exists, "a plain read may show it")
	check := make(chan error, 1)
	go func() {
		check <- b.Commit(ctx, "n", &driver.Commit{Checks: []driver.Check{{Key: key("a"), Version: r.Version}}})
	}()
	for range 10_000 { // turns in which an answer that comes too early would come
		runtime.Gosched()
	}
	assert.Empty(t, check, "acknowledged before the flush")
	assert.Empty(t, set)
	disk.release()
	require.NoError(t, <-set)
	require.NoError(t, <-check)
	require.NoError(t, b.Close())
}

// held is a disk whose next flush waits.
type held struct {
	vfs.FS
	mu      sync.Mutex
	gate    chan struct{}
	reached chan struct{}
}

func newHeld(disk vfs.FS) *held { return &held{FS: disk, reached: make(chan struct{}, 1)} }

func (h *held) hold()    { h.mu.Lock(); h.gate = make(chan struct{}); h.mu.Unlock() }
func (h *held) release() { h.mu.Lock(); close(h.gate); h.gate = nil; h.mu.Unlock() }

func (h *held) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := h.FS.Create(name, c)
	return &heldFile{File: f, disk: h}, err
}

type heldFile struct {
	vfs.File
	disk *held
}

func (f *heldFile) SyncData() error {
	f.disk.mu.Lock()
	gate := f.disk.gate
	f.disk.mu.Unlock()
	if gate != nil {
		select {
		case f.disk.reached <- struct{}{}:
		default:
		}
		<-gate
	}
	return f.File.SyncData()
}

func (f *heldFile) Sync() error { return f.SyncData() }

// Neither the engine's messages nor any error contain an id, a value or a
// namespace.
func TestSecrecy(t *testing.T) {
	const marker = "PLANTED"
	var lines bytes.Buffer
	disk := newFull(vfs.NewMem())
	o := small(disk)
	o.Logger = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	st, err := Open(t.Context(), "db", o)
	require.NoError(t, err)
	s := st.Namespace(marker)
	write := func(i int) error {
		var ds store.DataSet
		return s.Set(ctx, ds.Put("session", fmt.Sprint(marker, i), append(text(uint64(i)), marker...)))
	}
	for i := range 300 {
		require.NoError(t, write(i))
	}
	b, _ := backendOf(st)
	require.NoError(t, b.db.Compact(ctx, []byte{0}, []byte{0xff}, false))
	disk.on.Store(true)
	var errs []error
	errs = append(errs, write(1), write(2))
	_, _, err = s.Get(ctx, "session", marker)
	errs = append(errs, err, s.Transaction(ctx, marker, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Has(ctx, "session", marker)
		return err
	}), Checkpoint(st, "copy"), st.Close())
	for _, err := range errs {
		require.Error(t, err)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), marker)
	}
	assert.Contains(t, lines.String(), "engine=pebble")
	assert.NotContains(t, lines.String(), marker)
}
