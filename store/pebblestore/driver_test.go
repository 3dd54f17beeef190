package pebblestore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

var ctx = context.Background()

// openMem opens a backend on a file system in memory; the test closes it.
func openMem(t testing.TB, files vfs.FS) *backend {
	t.Helper()
	b, err := openBackend("db", &Options{fs: files, CacheBytes: 1 << 20})
	require.NoError(t, err)
	return b
}

func newMem(t testing.TB) *backend {
	b := openMem(t, vfs.NewMem())
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

func key(id string) driver.Key { return driver.Key{Family: "session", ID: id} }

func put(id, value string) driver.Write {
	return driver.Write{Key: key(id), Value: []byte(value)}
}

func commit(t testing.TB, b *backend, c driver.Commit) {
	t.Helper()
	c.Stamp = stamp()
	require.NoError(t, b.Commit(ctx, "n", &c))
}

// stamp returns a stamp that no other commit has.
func stamp() driver.Version { return driver.Version(rand.Uint64() | 1) }

func get(t testing.TB, b *backend, id string) driver.Record {
	t.Helper()
	var r [1]driver.Record
	require.NoError(t, b.Read(ctx, "n", []driver.Key{key(id)}, r[:]))
	return r[0]
}

func TestCheckOfRecord(t *testing.T) {
	b := newMem(t)
	holds := func(id string, v driver.Version) bool {
		err := b.Commit(ctx, "n", &driver.Commit{Checks: []driver.Check{{Key: key(id), Version: v}}})
		if err != nil {
			require.ErrorIs(t, err, driver.ErrConflict)
		}
		return err == nil
	}
	absent := get(t, b, "a").Version
	assert.True(t, holds("a", absent))
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	assert.False(t, holds("a", absent))

	one := get(t, b, "a").Version
	assert.True(t, holds("a", one))
	commit(t, b, driver.Commit{Writes: []driver.Write{put("b", "1")}})
	assert.True(t, holds("a", one), "another record")
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	assert.False(t, holds("a", one), "the same value again")

	two := get(t, b, "a").Version
	commit(t, b, driver.Commit{Writes: []driver.Write{{Key: key("a"), Delete: true}}})
	assert.False(t, holds("a", two), "deleted")
	three := get(t, b, "b").Version
	commit(t, b, driver.Commit{Deletes: driver.ClearRanges()})
	assert.False(t, holds("b", three), "cleared")
}

// scanOf returns a page, and a function that reports whether a check of it
// holds.
func scanOf(t *testing.T, b *backend, r driver.Range) (driver.Page, func(epoch bool) bool) {
	t.Helper()
	page, err := b.Scan(ctx, "n", driver.Query{Range: r, Limit: 100})
	require.NoError(t, err)
	one := driver.RangeCheck{Range: r, Count: len(page.Rows)}
	for _, row := range page.Rows {
		one.Sum += row.Version
	}
	return page, func(epoch bool) bool {
		c := driver.Commit{Ranges: []driver.RangeCheck{one}}
		if epoch {
			c.Ranges[0].Epoch = page.Epoch
		}
		err := b.Commit(ctx, "n", &c)
		if err != nil {
			require.ErrorIs(t, err, driver.ErrConflict)
		}
		return err == nil
	}
}

// A range check gives the same answer with the epoch, which is quick, and
// without.
func TestCheckOfRange(t *testing.T) {
	r := driver.Range{From: key("b"), To: key("d")}
	for _, epoch := range []bool{true, false} {
		t.Run(fmt.Sprintf("epoch=%v", epoch), func(t *testing.T) {
			b := newMem(t)
			commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1"), put("b", "1"), put("c", "1"), put("d", "1")}})
			page, holds := scanOf(t, b, r)
			require.Len(t, page.Rows, 2)
			assert.NotZero(t, page.Epoch)
			assert.True(t, holds(epoch))
			commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "2"), put("d", "2")}})
			assert.True(t, holds(epoch), "beside the range")
			commit(t, b, driver.Commit{Writes: []driver.Write{put("b2", "1")}})
			assert.False(t, holds(epoch), "a phantom")

			_, holds = scanOf(t, b, r)
			commit(t, b, driver.Commit{Writes: []driver.Write{{Key: key("b2"), Delete: true}, put("b3", "1")}})
			assert.False(t, holds(epoch), "as many as before")

			_, holds = scanOf(t, b, r)
			commit(t, b, driver.Commit{Deletes: driver.ClearRanges(), Writes: []driver.Write{put("b", "1"), put("b3", "1"), put("c", "1")}})
			assert.False(t, holds(epoch), "cleared and written again")
		})
	}
}

// A range of several families is always compared with the engine.
func TestCheckOfRangeOfFamilies(t *testing.T) {
	b := newMem(t)
	_, holds := scanOf(t, b, driver.Range{From: driver.Key{Family: "a"}})
	assert.True(t, holds(true))
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	assert.False(t, holds(true))
}

// A view that was opened before a commit never pairs an old value with the
// version that the record has now, neither by Read nor by Scan.
func TestOldViewNeverPasses(t *testing.T) {
	b := newMem(t)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "old"), put("b", "old")}})
	s, err := b.Snapshot(ctx, "n")
	require.NoError(t, err)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "new")}})

	var r [2]driver.Record
	require.NoError(t, s.Read(ctx, "n", []driver.Key{key("a"), key("b")}, r[:]))
	page, err := s.Scan(ctx, "n", driver.Query{Range: driver.Range{From: key("a")}, Limit: 10})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for i, row := range page.Rows {
		assert.Equal(t, "old", string(r[i].Value))
		assert.Equal(t, "old", string(row.Value))
		assert.Equal(t, r[i].Version, row.Version)
	}
	check := func(i int) error {
		return b.Commit(ctx, "n", &driver.Commit{Checks: []driver.Check{{Key: page.Rows[i].Key, Version: r[i].Version}}})
	}
	assert.ErrorIs(t, check(0), driver.ErrConflict)
	assert.NoError(t, check(1))
}

// Many goroutines read, check and write one record, by reads and by scans. No
// increment is lost.
func TestNoLostIncrement(t *testing.T) {
	t.Parallel()
	workers, each := 8, trial.Soak(50, 200)
	b := newMem(t)
	byScan := func() (int, driver.Commit) {
		page, err := b.Scan(ctx, "n", driver.Query{Range: driver.Range{From: key("c"), To: key("d")}, Limit: 10})
		require.NoError(t, err)
		c := driver.Commit{Ranges: []driver.RangeCheck{{Range: driver.Range{From: key("c"), To: key("d")}, Epoch: page.Epoch, Count: len(page.Rows)}}}
		n := 0
		for _, row := range page.Rows {
			c.Ranges[0].Sum += row.Version
			_, err = fmt.Sscan(string(row.Value), &n)
			require.NoError(t, err)
		}
		return n, c
	}
	byRead := func() (n int, c driver.Commit) {
		r := get(t, b, "c")
		c.Checks = []driver.Check{{Key: key("c"), Version: r.Version}}
		if r.Exists {
			_, err := fmt.Sscan(string(r.Value), &n)
			require.NoError(t, err)
		}
		return n, c
	}
	var all sync.WaitGroup
	for w := range workers {
		read := byRead
		if w%2 == 0 {
			read = byScan
		}
		all.Go(func() {
			for done := 0; done < each; {
				n, c := read()
				c.Writes, c.Stamp = []driver.Write{put("c", fmt.Sprint(n+1))}, stamp()
				if err := b.Commit(ctx, "n", &c); err == nil {
					done++
				} else {
					assert.ErrorIs(t, err, driver.ErrConflict)
				}
			}
		})
	}
	all.Wait()
	assert.Equal(t, fmt.Sprint(workers*each), string(get(t, b, "c").Value))
}

func TestNamespaces(t *testing.T) {
	b := newMem(t)
	for _, name := range []string{"", "\x00", "a", "a\x00", "a\x00\xff", "ab", "b"} {
		require.NoError(t, b.Commit(ctx, name, &driver.Commit{Writes: []driver.Write{put("x", "")}}))
	}
	own := []driver.Write{{Key: driver.Key{Family: reserved.Schema, ID: "x"}}}
	require.NoError(t, b.Commit(ctx, "aa", &driver.Commit{Writes: own}))
	list := func(from string, limit int) []string {
		names, err := b.Namespaces(ctx, from, limit)
		require.NoError(t, err)
		return names
	}
	assert.Equal(t, []string{"", "\x00", "a", "a\x00", "a\x00\xff", "ab", "b"}, list("", 100))
	assert.Equal(t, []string{"a", "a\x00"}, list("a", 2))
	assert.Equal(t, []string{"ab", "b"}, list("a\x01", 100))
	assert.Empty(t, list("c", 100))
	require.NoError(t, b.Commit(ctx, "a", &driver.Commit{Deletes: driver.ClearRanges()}))
	assert.Equal(t, []string{"", "\x00", "a\x00"}, list("", 3))
}

// A page ends when its values are large, and says that there is more.
func TestPageBytes(t *testing.T) {
	b := newMem(t)
	large := make([]byte, pageBytes)
	for _, id := range []string{"a", "b"} {
		commit(t, b, driver.Commit{Writes: []driver.Write{{Key: key(id), Value: large}}})
	}
	page, err := b.Scan(ctx, "n", driver.Query{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Rows, 1)
	assert.True(t, page.More)
	page, err = b.Scan(ctx, "n", driver.Query{Range: driver.Range{From: key("b")}, Limit: 1})
	require.NoError(t, err)
	assert.False(t, page.More)
}
