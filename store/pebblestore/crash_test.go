package pebblestore

import (
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// small makes memtables that fill up within a test.
func small(files vfs.FS) *Options {
	return &Options{fs: files, CacheBytes: 1 << 20, memTable: 64 << 10}
}

// TestPowerCuts cuts the power again and again while eight writers commit. What
// had not been flushed is lost, or some random part of it.
func TestPowerCuts(t *testing.T) {
	r := seeded(t)
	disk := vfs.NewCrashableMem()
	ws := newWriters(8)
	var acknowledged uint64
	for range *cutsFlag {
		b, err := openBackend("db", small(disk))
		require.NoError(t, err)
		b.files.lag = time.Duration(r.IntN(4)) * time.Millisecond
		ws.resume(t, b, ws.acked(), ws.tried())

		before := ws.acked()
		reached, stop := ws.start(b, 1+r.Int64N(300))
		<-reached
		acked := ws.acked()
		next := disk.CrashClone(crash(r))
		tried := ws.tried()
		stop()
		require.NoError(t, b.Close())

		acknowledged += sum(acked) - sum(before)
		disk = next
		for i, h := range ws {
			h.acked.Store(acked[i])
			h.tried.Store(tried[i])
		}
	}
	b, err := openBackend("db", small(disk))
	require.NoError(t, err)
	ws.resume(t, b, ws.acked(), ws.tried())
	require.NoError(t, b.Close())
	tell(t, "%d power cuts, %d commits acknowledged before one, none lost, none in part", *cutsFlag, acknowledged)
}

func crash(r *rand.Rand) vfs.CrashCloneCfg {
	return vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: rand.New(rand.NewPCG(r.Uint64(), 0))}
}

func sum(ns []uint64) (total uint64) {
	for _, n := range ns {
		total += n
	}
	return total
}

// counted is a disk that calls a function before each operation that changes it.
// The look at a reused log is among them: the engine takes its failure badly.
func counted(disk vfs.FS, before func(n int) error) vfs.FS {
	var n atomic.Int64
	inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch {
		case op.Kind == errorfs.OpLock, op.Kind == errorfs.OpFilePreallocate:
			return nil
		case op.Kind == errorfs.OpFileStat, op.Kind.ReadOrWrite() == errorfs.OpIsWrite:
			return before(int(n.Add(1)))
		}
		return nil
	})
	return reused{errorfs.Wrap(disk, inject), inject}
}

// reused adds what errorfs leaves out: the writes to a file that is used again.
type reused struct {
	vfs.FS
	inject errorfs.Injector
}

func (r reused) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := r.FS.ReuseForWrite(oldname, newname, c)
	if err != nil {
		return nil, err
	}
	return errorfs.WrapFile(f, r.inject), nil
}

// session opens a store, commits enough to rotate logs and flush memtables, and
// closes it, up to the first failure.
func session(h *history, files vfs.FS) error {
	b, err := openBackend("db", small(files))
	if err != nil {
		return err
	}
	err = h.run(b, func() bool { return h.acked.Load() >= 250 })
	if closeErr := b.Close(); err == nil {
		err = closeErr
	}
	return err
}

// operations is how many operations a session has, about.
func operations(t *testing.T) int {
	var count atomic.Int64
	require.NoError(t, session(&history{}, counted(vfs.NewMem(), func(int) error { count.Add(1); return nil })))
	require.Greater(t, count.Load(), int64(300))
	return int(count.Load())
}

// TestPowerCutAnywhere cuts the power before each operation on files in turn, in
// the making of the store too.
func TestPowerCutAnywhere(t *testing.T) {
	r := seeded(t)
	last, cuts := operations(t), 0
	for at := 1; at <= last; at += stride(at) {
		disk, h := vfs.NewCrashableMem(), &history{}
		var after *vfs.MemFS
		var acked, tried uint64
		cfg := crash(r)
		require.NoError(t, session(h, counted(disk, func(n int) error {
			if n == at {
				acked = h.acked.Load()
				after = disk.CrashClone(cfg)
				tried = h.tried.Load()
			}
			return nil
		})))
		if after == nil {
			break
		}
		b, err := openBackend("db", small(after))
		require.NoError(t, err, "before operation %d", at)
		verify(t, b, "", acked, tried)
		require.NoError(t, b.Close())
		cuts++
	}
	tell(t, "%d power cuts, each before another operation", cuts)
}

// TestCrashInRecovery kills the process, or cuts the power, before each operation
// on files while a store that had crashed is opened and closed, and opens it again.
func TestCrashInRecovery(t *testing.T) {
	r := seeded(t)
	crashes := 0
	for range soak(2, 50) {
		base, h := crashedDisk(t, r)
		acked, tried := h.acked.Load(), h.tried.Load()
		for at, ended := 1, false; !ended; at++ {
			disk := base.CrashClone(everything(r)) // the same again
			cfg := []vfs.CrashCloneCfg{everything(r), crash(r)}[r.IntN(2)]
			var after *vfs.MemFS
			b, err := openBackend("db", small(counted(disk, func(n int) error {
				if n == at {
					after = disk.CrashClone(cfg)
				}
				return nil
			})))
			require.NoError(t, err)
			require.NoError(t, b.Close())
			if ended = after == nil; ended {
				break
			}
			b, err = openBackend("db", small(after))
			require.NoError(t, err, "before operation %d", at)
			verify(t, b, "", acked, tried)
			require.NoError(t, b.Close())
			crashes++
		}
	}
	tell(t, "%d crashes while a store recovered from one", crashes)
}

// crashedDisk is what a crash leaves of a store, with some commits or hardly any.
func crashedDisk(t *testing.T, r *rand.Rand) (*vfs.MemFS, *history) {
	t.Helper()
	disk, h := vfs.NewCrashableMem(), &history{}
	b, err := openBackend("db", small(disk))
	require.NoError(t, err)
	last := uint64(1 + r.IntN([]int{1, 300}[r.IntN(2)]))
	require.NoError(t, h.run(b, func() bool { return h.acked.Load() == last }))
	cfg := []vfs.CrashCloneCfg{everything(r), crash(r)}[r.IntN(2)]
	after := disk.CrashClone(cfg)
	require.NoError(t, b.Close())
	return after, h
}

// stride visits every operation while a store is made, and then every few.
func stride(at int) int {
	if at < 100 || soaking {
		return 1
	}
	return 5
}

// TestFailureAnywhere lets each operation on files fail in turn, once or from
// then on. Whoever calls gets an answer, the process lives, and the store opens
// again with everything acknowledged.
func TestFailureAnywhere(t *testing.T) {
	last := operations(t)
	for _, lasting := range []bool{false, true} {
		failures := 0
		for at := 1; at <= last; at += stride(at) {
			disk, h := vfs.NewMem(), &history{}
			err := session(h, counted(disk, func(n int) error {
				if n == at || lasting && n > at {
					return syscall.ENOSPC
				}
				return nil
			}))
			if err != nil {
				failures++
				require.ErrorIs(t, err, driver.ErrUnavailable, "operation %d", at)
				require.ErrorIs(t, err, syscall.ENOSPC, "operation %d", at)
			}
			b, err := openBackend("db", small(disk))
			require.NoError(t, err, "after a failure of operation %d", at)
			verify(t, b, "", h.acked.Load(), h.tried.Load())
			require.NoError(t, b.Close())
		}
		assert.Greater(t, failures, 100)
		tell(t, "%d failed operations, lasting: %v", failures, lasting)
	}
}
