package pebblestore

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// A commit in which the engine panics is never acknowledged. There is no
// engine here, so the call of it panics.
func TestPanicIsNotAcknowledged(t *testing.T) {
	for range 5000 {
		b := &backend{fail: fault.NewMark(), recent: newRecent(recentEntries)}
		b.start()
		r := &request{batch: new(pebble.Batch), done: make(chan error, 1)}
		b.submitted <- r
		require.ErrorIs(t, b.await(r), driver.ErrUnknownOutcome)
		close(b.submitted)
		<-b.ended
	}
}

// An engine that fails to close may still run. It does not reach the directory
// after Close has released it.
func TestFailedEndOfTheEngine(t *testing.T) {
	b := openMem(t, vfs.NewMem())
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	require.NoError(t, b.db.Flush())
	it, err := b.db.NewIter(nil) // left open: the engine's Close fails
	require.NoError(t, err)
	require.True(t, it.First())
	require.Error(t, b.Close())
	require.Error(t, b.fail.Err())
}
