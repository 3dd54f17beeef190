package pebblestore

import (
	"fmt"
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
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// small returns options with memtables that fill up within a test.
func small(files vfs.FS) *Options {
	return &Options{fs: files, CacheBytes: 1 << 20, memTable: 64 << 10}
}

// TestPowerCuts cuts the power again and again while eight writers commit. All
// or a random part of what had not been flushed is lost.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	disk := vfs.NewCrashableMem()
	ws := newWriters(8)
	var acknowledged uint64
	for range *cutsFlag {
		b, err := openBackend("db", small(disk))
		require.NoError(t, err)
		b.files.Lag = time.Duration(r.IntN(4)) * time.Millisecond
		ws.resume(t, b, ws.acked(), ws.tried())

		before := ws.acked()
		reached, stop := ws.start(b, 1+r.Int64N(300))
		<-reached
		acked := ws.acked()
		next := disk.CrashClone(trial.PowerCut(r))
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

func sum(ns []uint64) (total uint64) {
	for _, n := range ns {
		total += n
	}
	return total
}

// counted is a disk that calls a function before each operation that changes
// it. It also does so before the engine looks at a reused log, because the
// engine does not survive a failure there.
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

// reused adds what errorfs does not cover: the writes to a reused file.
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

// sessionCommits are commits of about 700 bytes each, which fill the memtables
// of a session several times.
const sessionCommits = 120

// session opens a store, commits enough to rotate logs and flush memtables,
// and closes the store. It stops at the first failure.
func session(h *history, files vfs.FS) error {
	o := small(files)
	o.memTable /= 2
	b, err := openBackend("db", o)
	if err != nil {
		return err
	}
	err = h.run(b, func() bool { return h.acked.Load() >= sessionCommits })
	if closeErr := b.Close(); err == nil {
		err = closeErr
	}
	return err
}

// operations returns about how many operations a session has.
func operations(t *testing.T) int {
	var count atomic.Int64
	require.NoError(t, session(&history{}, counted(vfs.NewMem(), func(int) error { count.Add(1); return nil })))
	require.Greater(t, count.Load(), int64(300))
	return int(count.Load())
}

// TestPowerCutAnywhere cuts the power before each operation on files in turn,
// also while the store is made.
func TestPowerCutAnywhere(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	last, cuts := operations(t), 0
	for at := 1; at <= last; at += stride(at) {
		disk, h := vfs.NewCrashableMem(), &history{}
		var after *vfs.MemFS
		var acked, tried uint64
		cfg := trial.PowerCut(r)
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

// TestCrashInRecovery opens and closes a store that had crashed. Before each
// operation on files it kills the process or cuts the power, and then opens
// the store again.
func TestCrashInRecovery(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	crashes := 0
	for range trial.Soak(2, 50) {
		base, h := crashedDisk(t, r)
		acked, tried := h.acked.Load(), h.tried.Load()
		for at, ended := 1, false; !ended; at++ {
			disk := base.CrashClone(trial.Kill(r)) // the same again
			cfg := []vfs.CrashCloneCfg{trial.Kill(r), trial.PowerCut(r)}[r.IntN(2)]
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

// crashedDisk returns what a crash leaves of a store with some commits or with
// only one.
func crashedDisk(t *testing.T, r *rand.Rand) (*vfs.MemFS, *history) {
	t.Helper()
	disk, h := vfs.NewCrashableMem(), &history{}
	b, err := openBackend("db", small(disk))
	require.NoError(t, err)
	last := uint64(1 + r.IntN([]int{1, 300}[r.IntN(2)]))
	require.NoError(t, h.run(b, func() bool { return h.acked.Load() == last }))
	cfg := []vfs.CrashCloneCfg{trial.Kill(r), trial.PowerCut(r)}[r.IntN(2)]
	after := disk.CrashClone(cfg)
	require.NoError(t, b.Close())
	return after, h
}

// stride makes loops visit every operation while a store is made, and then
// every few.
func stride(at int) int {
	if at < 100 || trial.Soaking {
		return 1
	}
	return 12
}

// TestFailureAnywhere lets each operation on files fail in turn, once or from
// then on. Every caller gets an answer, the process lives, and the store opens
// again with everything acknowledged.
func TestFailureAnywhere(t *testing.T) {
	t.Parallel()
	last := operations(t)
	for _, lasting := range []bool{false, true} {
		t.Run(fmt.Sprintf("lasting=%v", lasting), func(t *testing.T) {
			t.Parallel()
			failures := 0
			for at := 1; at <= last; at += stride(at) {
				if failAt(t, at, lasting) {
					failures++
				}
			}
			assert.Greater(t, failures, 100)
			tell(t, "%d failed operations", failures)
		})
	}
}

// failAt lets an operation of a session fail, once or from then on. It reports
// whether the session failed.
func failAt(t *testing.T, at int, lasting bool) (failed bool) {
	t.Helper()
	disk, h := vfs.NewMem(), &history{}
	err := session(h, counted(disk, func(n int) error {
		if n == at || lasting && n > at {
			return syscall.ENOSPC
		}
		return nil
	}))
	if err != nil {
		require.ErrorIs(t, err, driver.ErrUnavailable, "operation %d", at)
		require.ErrorIs(t, err, syscall.ENOSPC, "operation %d", at)
	}
	b, openErr := openBackend("db", small(disk))
	require.NoError(t, openErr, "after a failure of operation %d", at)
	verify(t, b, "", h.acked.Load(), h.tried.Load())
	require.NoError(t, b.Close())
	return err != nil
}
