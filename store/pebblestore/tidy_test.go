package pebblestore

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// However often a store is opened and closed, its directory has few files. A
// closed store has no log.
func TestFilesDoNotPileUp(t *testing.T) {
	t.Parallel()
	disk := vfs.NewMem()
	most := 0
	for i := range trial.Soak(70, 1000) {
		b, err := openBackend("db", small(disk))
		require.NoError(t, err)
		commit(t, b, driver.Commit{Writes: []driver.Write{put(fmt.Sprint(i), "1")}})
		require.NoError(t, b.Close())
		names, err := disk.List("db")
		require.NoError(t, err)
		most = max(most, len(names))
		for _, name := range names {
			require.False(t, format.IsLog(name), name)
		}
	}
	assert.LessOrEqual(t, most, 2*smallTables)
}

// A listing skips what was cleared before Close: it takes the engine no more
// work than in a store that never held it.
func TestListingSkipsTheDead(t *testing.T) {
	t.Parallel()
	n := trial.Soak(2500, 100_000)
	never := listing(t, rested(t, n, false, odd, none), n/2)
	t.Logf("never there: %v", &never)
	for _, apart := range []bool{false, true} {
		after := listing(t, rested(t, n, apart, all, even), n/2)
		t.Logf("cleared in a session of its own: %v: %v", apart, &after)
		assert.LessOrEqual(t, after.InternalStats.BlockBytes, never.InternalStats.BlockBytes*11/10)
		assert.LessOrEqual(t, after.InternalStats.PointCount, never.InternalStats.PointCount*11/10)
		assert.Zero(t, after.InternalStats.PointsCoveredByRangeTombstones)
	}
}

func none(int) bool   { return false }
func all(int) bool    { return true }
func odd(i int) bool  { return i%2 == 1 }
func even(i int) bool { return i%2 == 0 }

// BenchmarkListing lists 50,000 namespaces after a reopen: beside as many that
// were cleared, and beside none.
func BenchmarkListing(b *testing.B) {
	const n = 100_000
	for name, disk := range map[string]*vfs.MemFS{
		"cleared":     rested(b, n, false, all, even),
		"never-there": rested(b, n, false, odd, none),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				listing(b, disk, n/2)
			}
		})
	}
}

// rested returns the disk of a closed store. filled and cleared say which of n
// namespaces were filled, and which were cleared then, in the same session or
// in another.
func rested(t testing.TB, n int, apart bool, filled, cleared func(i int) bool) *vfs.MemFS {
	t.Helper()
	disk := vfs.NewMem()
	b, err := openBackend("db", &Options{fs: disk})
	require.NoError(t, err)
	for i := range n {
		if filled(i) {
			c := driver.Commit{Writes: []driver.Write{put("x", "1"), put("y", "1")}}
			require.NoError(t, b.Commit(ctx, fmt.Sprintf("%06d", i), &c))
		}
	}
	if apart {
		require.NoError(t, b.Close())
		b, err = openBackend("db", &Options{fs: disk})
		require.NoError(t, err)
	}
	for i := range n {
		if cleared(i) {
			require.NoError(t, b.Commit(ctx, fmt.Sprintf("%06d", i), &driver.Commit{Deletes: driver.ClearRanges()}))
		}
	}
	require.NoError(t, b.Close())
	return disk
}

// listing opens the store, lists so many namespaces, and returns the engine's
// counts.
func listing(t testing.TB, disk *vfs.MemFS, namespaces int) pebble.IteratorStats {
	t.Helper()
	b, err := openBackend("db", &Options{fs: disk})
	require.NoError(t, err)
	it, err := b.newNamespaceIter()
	require.NoError(t, err)
	names, err := listNamespaces(ctx, it, "", namespaces+1)
	require.NoError(t, err)
	require.Len(t, names, namespaces)
	stats := it.Stats()
	require.NoError(t, it.Close())
	require.NoError(t, b.Close())
	return stats
}
