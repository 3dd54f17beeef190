package pebblestore

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// However often a store is opened and closed, few files lie in the directory, and
// no log does when it is closed.
func TestFilesDoNotPileUp(t *testing.T) {
	disk := vfs.NewMem()
	most := 0
	for i := range soak(120, 1000) {
		b, err := openBackend("db", &Options{fs: disk})
		require.NoError(t, err)
		commit(t, b, driver.Commit{Writes: []driver.Write{put(fmt.Sprint(i), "1")}})
		require.NoError(t, b.Close())
		names, err := disk.List("db")
		require.NoError(t, err)
		most = max(most, len(names))
		for _, name := range names {
			require.False(t, isLog(name), name)
		}
	}
	assert.LessOrEqual(t, most, 2*smallTables)
}

// A listing passes by what was cleared: after a reopen it takes no more of the
// engine's work than before, for half as many namespaces.
func TestListingSkipsTheDead(t *testing.T) {
	n := soak(4000, 100_000)
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	each := func(step int, c *driver.Commit) {
		t.Helper()
		done := make(chan error, 64)
		for w := range 64 {
			go func() {
				var err error
				for i := w * step; i < n && err == nil; i += 64 * step {
					one := *c
					err = b.Commit(ctx, fmt.Sprintf("%06d", i), &one)
				}
				done <- err
			}()
		}
		for range 64 {
			require.NoError(t, <-done)
		}
	}
	list := func() (names int, s pebble.IteratorStats) {
		t.Helper()
		require.NoError(t, b.Close())
		b, err = openBackend(dir, &Options{})
		require.NoError(t, err)
		it, err := b.newNamespaceIter()
		require.NoError(t, err)
		found, err := listNamespaces(ctx, it, "", n+1)
		require.NoError(t, err)
		s = it.Stats()
		require.NoError(t, it.Close())
		return len(found), s
	}
	each(1, &driver.Commit{Writes: []driver.Write{put("x", "1"), put("y", "1")}})
	names, before := list()
	require.Equal(t, n, names)
	each(2, &driver.Commit{Clear: true})
	names, after := list()
	require.Equal(t, n/2, names)
	t.Logf("before: %v", &before)
	t.Logf("after: %v", &after)
	assert.LessOrEqual(t, after.InternalStats.BlockBytes, before.InternalStats.BlockBytes)
	assert.LessOrEqual(t, after.InternalStats.PointCount, before.InternalStats.PointCount/2+10)
	assert.Less(t, after.InternalStats.PointsCoveredByRangeTombstones, uint64(n/100))
	require.NoError(t, b.Close())
}
