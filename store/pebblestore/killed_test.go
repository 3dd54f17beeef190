package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// killed returns a disk as a kill leaves it: all that was written is there,
// flushed or not, and what was removed is gone.
func killed(t *testing.T, disk *vfs.MemFS) *vfs.MemFS {
	t.Helper()
	left := vfs.NewMem()
	_, err := vfs.Clone(disk, left, "", "", vfs.CloneSync)
	require.NoError(t, err)
	return left
}

// TestKillAnywhere kills a process before each operation on files of Open and
// of Close: while a store is made, on one that was killed before, so that
// there are logs to replay, on one that was closed, and on ones that were
// killed while they were made. Each opens again with everything acknowledged,
// also for reading, which changes nothing.
func TestKillAnywhere(t *testing.T) {
	t.Parallel()
	fresh, h := vfs.NewMem(), &history{}
	b, err := openBackend("db", small(fresh))
	require.NoError(t, err)
	require.NoError(t, h.run(b, func() bool { return h.acked.Load() >= 40 }))
	replayed := killed(t, fresh)
	require.NoError(t, b.Close())

	disks := map[string]*vfs.MemFS{"new": vfs.NewMem(), "killed": replayed, "closed": fresh}
	for at := 2; ; at += trial.Soak(60, 1) { // stores that a kill left begun
		after := killAt(t, vfs.NewMem(), 0, at)
		if after == nil {
			break
		}
		if _, err := after.Stat("db/" + newName); err == nil {
			disks[fmt.Sprintf("new %d", at)] = after
		} else if _, err := after.Stat("db/" + markName); err == nil {
			break
		}
	}
	require.GreaterOrEqual(t, len(disks), 5)
	clearing := trial.Soak(30, 1<<30) // operations until the next attempt is like the first
	total := 0
	for name, disk := range disks {
		kills := 0
		for at := 1; ; at += trial.Soak(1+at/25, 1) {
			was := uint64(0)
			if !strings.HasPrefix(name, "new") {
				was = 40
			}
			after := killAt(t, killed(t, disk), was, at)
			if after == nil || at > clearing && strings.HasPrefix(name, "new ") {
				break
			}
			kills++
			reopens(t, after, h.namespace, was)
		}
		t.Logf("%s: %d kills", name, kills)
		require.Greater(t, kills, 20, name)
		total += kills
	}
	tell(t, "%d kills, each before another operation of Open or Close", total)
}

// killAt returns the disk as it is before that operation of a session, or nil
// if the session has fewer operations.
func killAt(t *testing.T, disk *vfs.MemFS, was uint64, at int) (after *vfs.MemFS) {
	t.Helper()
	b, err := openBackend("db", small(lateLogs{replacing{counted(disk, func(n int) error {
		if n == at {
			after = killed(t, disk)
		}
		return nil
	})}}))
	require.NoError(t, err)
	verify(t, b, "", was, was)
	require.NoError(t, b.Close())
	return after
}

// replacing replaces an existing file in two steps, as guard.Private does.
type replacing struct{ vfs.FS }

func (r replacing) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := r.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return r.FS.Create(name, c)
}

// lateLogs waits a while for other logs to go before it makes one: the engine
// removes them on a goroutine of its own, and so may come first.
type lateLogs struct{ vfs.FS }

func (l lateLogs) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	for range 20 {
		names, _ := l.List("db")
		if !strings.HasSuffix(name, ".log") || !slices.ContainsFunc(names, format.IsLog) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return l.FS.Create(name, c)
}

// reopens opens a store for reading, if there is one, and for writing.
func reopens(t *testing.T, disk *vfs.MemFS, namespace string, commits uint64) {
	t.Helper()
	for _, readOnly := range []bool{true, false} {
		if commits == 0 && readOnly {
			continue // there may be none yet
		}
		o := small(disk)
		o.ReadOnly = readOnly
		b, err := openBackend("db", o)
		require.NoError(t, err, "readOnly=%v", readOnly)
		verify(t, b, namespace, commits, commits)
		require.NoError(t, b.Close())
	}
}
