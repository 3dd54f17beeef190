package pebblestore

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// seen is one read: the commit that checks it, and what it showed.
type seen struct {
	namespace string
	commit    driver.Commit
	keys      []driver.Key
	versions  []driver.Version // of the keys, by the model
	span      driver.Range     // of a scan
	rows      map[driver.Key]driver.Version
}

// checked is a backend beside a model of it.
type checked struct {
	t     *testing.T
	r     *rand.Rand
	b     *backend
	model map[string]map[driver.Key]driver.Version
}

// Checks are exact: a commit is refused if and only if something that was read
// has changed, however long ago that was and whatever else was written. The
// index has various sizes, so that many reads are older than it and many
// collide.
func TestChecksAreExact(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	passed, refused := 0, 0
	for range trial.Soak(40, 4000) {
		c := checked{t, r, newMem(t), map[string]map[driver.Key]driver.Version{"": {}, "n": {}}}
		c.b.recent = newRecent([]int{1, 2, 5, 20, recentEntries}[r.IntN(5)])
		var past []seen
		for range 100 {
			switch r.IntN(3) {
			case 0:
				c.write()
			case 1:
				past = append(past, c.read())
			case 2:
				if len(past) == 0 {
					continue
				}
				if c.judge(&past[r.IntN(len(past))]) {
					passed++
				} else {
					refused++
				}
			}
		}
	}
	tell(t, "%d checks passed, %d were refused", passed, refused)
	assert.Greater(t, passed, 100)
	assert.Greater(t, refused, 100)
}

func (c *checked) namespace() string { return []string{"", "n"}[c.r.IntN(2)] }

func (c *checked) key() driver.Key {
	return driver.Key{Family: []string{"a", "ab", "b"}[c.r.IntN(3)], ID: []string{"x", "y", "z", "\xff"}[c.r.IntN(4)]}
}

// write commits some puts and deletes, and sometimes a Clear.
func (c *checked) write() {
	namespace := c.namespace()
	w := driver.Commit{Stamp: stamp(), Deletes: c.deletes()}
	for _, r := range w.Deletes {
		maps.DeleteFunc(c.model[namespace], func(k driver.Key, _ driver.Version) bool { return r.Contains(k) })
	}
	keys := map[driver.Key]bool{}
	for range 1 + c.r.IntN(3) {
		keys[c.key()] = true
	}
	for _, k := range slices.SortedFunc(maps.Keys(keys), driver.Key.Compare) {
		one := driver.Write{Key: k, Value: []byte(k.ID), Delete: c.r.IntN(3) == 0}
		w.Writes = append(w.Writes, one)
		if one.Delete {
			delete(c.model[namespace], k)
		} else {
			c.model[namespace][k] = w.Stamp
		}
	}
	require.NoError(c.t, c.b.Commit(ctx, namespace, &w))
}

// deletes is mostly nothing, and otherwise a Clear or a range.
func (c *checked) deletes() []driver.Range {
	switch c.r.IntN(8) {
	case 0:
		return driver.ClearRanges()
	case 1, 2:
		from, to := c.key(), c.key()
		if from.Compare(to) < 0 {
			return []driver.Range{{From: from, To: to}}
		}
	}
	return nil
}

// read reads records or a range, from the present or a snapshot. It keeps the
// epoch of the read or drops it.
func (c *checked) read() seen {
	s := seen{namespace: c.namespace()}
	var from driver.Reader = c.b
	if c.r.IntN(3) == 0 {
		frozen, err := c.b.Snapshot(ctx, s.namespace)
		require.NoError(c.t, err)
		defer func() { require.NoError(c.t, frozen.Close()) }()
		from = frozen
	}
	if c.r.IntN(2) == 0 {
		c.readRecords(from, &s)
	} else {
		c.readRange(from, &s)
	}
	return s
}

func (c *checked) readRecords(from driver.Reader, s *seen) {
	for range 1 + c.r.IntN(3) {
		s.keys = append(s.keys, c.key())
	}
	into := make([]driver.Record, len(s.keys))
	require.NoError(c.t, from.Read(ctx, s.namespace, s.keys, into))
	for i, k := range s.keys {
		require.Equal(c.t, c.model[s.namespace][k], into[i].Version)
		require.NotZero(c.t, into[i].Epoch)
		s.versions = append(s.versions, into[i].Version)
		s.commit.Checks = append(s.commit.Checks, driver.Check{Key: k, Version: into[i].Version, Epoch: c.maybe(into[i].Epoch)})
	}
}

func (c *checked) readRange(from driver.Reader, s *seen) {
	family := c.key().Family
	s.span = []driver.Range{
		{From: driver.Key{Family: family}, To: driver.FamilyEnd(family)},
		{From: driver.Key{Family: family, ID: "y"}, To: driver.Key{Family: family, ID: "z\x00"}},
		{From: driver.Key{Family: "a"}},
	}[c.r.IntN(3)]
	page, err := from.Scan(ctx, s.namespace, driver.Query{Range: s.span, Limit: 100})
	require.NoError(c.t, err)
	one := driver.RangeCheck{Range: s.span, Count: len(page.Rows), Epoch: c.maybe(page.Epoch)}
	s.rows = map[driver.Key]driver.Version{}
	for _, row := range page.Rows {
		one.Sum += row.Version
		s.rows[row.Key] = row.Version
	}
	require.Equal(c.t, c.rows(s), s.rows)
	s.commit.Ranges = []driver.RangeCheck{one}
}

func (c *checked) maybe(epoch driver.Version) driver.Version {
	if c.r.IntN(4) == 0 {
		return 0
	}
	return epoch
}

// rows returns the rows of the range in the model.
func (c *checked) rows(s *seen) map[driver.Key]driver.Version {
	rows := map[driver.Key]driver.Version{}
	for k, v := range c.model[s.namespace] {
		if s.span.Contains(k) {
			rows[k] = v
		}
	}
	return rows
}

// judge checks a read again and compares the answer with the model.
func (c *checked) judge(s *seen) (stands bool) {
	stands = true
	for i, k := range s.keys {
		stands = stands && c.model[s.namespace][k] == s.versions[i]
	}
	if s.rows != nil {
		stands = assert.ObjectsAreEqual(c.rows(s), s.rows)
	}
	s.commit.Stamp = stamp()
	err := c.b.Commit(ctx, s.namespace, &s.commit)
	if stands {
		require.NoError(c.t, err)
	} else {
		require.ErrorIs(c.t, err, driver.ErrConflict)
	}
	return stands
}

// dawdle makes the applier wait between applying a commit and publishing it.
func dawdle(b *backend, d time.Duration) {
	b.submitted, b.ended = make(chan *request, submitQueue), make(chan struct{})
	go func() {
		defer close(b.ended)
		for r := range b.submitted {
			err := b.holds(r)
			if err == nil && r.batch != nil {
				b.last++
				err = b.db.ApplyNoSyncWait(r.batch, pebble.Sync)
				time.Sleep(d)
				b.note(r)
			}
			r.number = b.last
			r.done <- err
		}
	}()
}

// One attempt never shows two values of a record, also between the moments
// when the applier applies a commit and publishes it.
func TestOneValueInOneAttempt(t *testing.T) {
	t.Parallel()
	b := openMem(t, vfs.NewMem())
	close(b.submitted)
	<-b.ended
	dawdle(b, 3*time.Millisecond)
	st, err := store.New(t.Context(), b, nil)
	require.NoError(t, err)
	write := func(n int) error {
		var ds store.DataSet
		for i := range 4 {
			ds.Put("session", fmt.Sprint(i), fmt.Append(nil, n))
		}
		return st.Set(ctx, &ds)
	}
	require.NoError(t, write(0))
	var stop atomic.Bool
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for attempts := 0; attempts < trial.Soak(300, 20_000); {
				err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
					attempts++
					return agree(ctx, t, tx)
				})
				assert.NoError(t, err)
			}
			stop.Store(true)
		})
	}
	for n := 1; !stop.Load(); n++ {
		require.NoError(t, write(n))
	}
	all.Wait()
	require.NoError(t, st.Close())
}

// agree reads a record in several ways. It fails the test itself, because an
// error is only returned if the reads still hold.
func agree(ctx context.Context, t *testing.T, tx *store.Tx) error {
	ways := []func() (string, error){
		func() (string, error) {
			value, _, err := tx.Get(ctx, "session", "0")
			return string(value), err
		},
		func() (value string, err error) {
			for one, err := range tx.Scan(ctx, "session", "") {
				if err != nil {
					return "", err
				}
				if one.ID == "0" {
					value = string(one.Value)
				}
			}
			return value, nil
		},
		func() (string, error) {
			found, err := tx.GetMany(ctx, "session", "1", "0")
			return string(found["0"]), err
		},
	}
	var values []string
	for _, way := range rand.Perm(len(ways)) {
		value, err := ways[way]()
		if err != nil {
			return err
		}
		values = append(values, value)
		time.Sleep(rand.N(2 * time.Millisecond))
	}
	assert.Equal(t, values[:1], slices.Compact(values), "the values of one record in one attempt")
	return nil
}

// A value that is too short for a version is damage, for reads and for checks.
func TestForeignValue(t *testing.T) {
	b := newMem(t)
	k := appendKey(nil, "n", key("a"))
	require.NoError(t, b.db.Set(k.bytes, []byte("short"), pebble.Sync))
	var into [1]driver.Record
	require.ErrorIs(t, b.Read(ctx, "n", []driver.Key{key("a")}, into[:]), driver.ErrCorrupt)
	_, err := b.Scan(ctx, "n", driver.Query{Limit: 10})
	require.ErrorIs(t, err, driver.ErrCorrupt)
	for _, c := range []driver.Commit{
		{Checks: []driver.Check{{Key: key("a"), Version: 1}}},
		{Ranges: []driver.RangeCheck{{Count: 1, Sum: 1}}},
	} {
		require.ErrorIs(t, b.Commit(ctx, "n", &c), driver.ErrCorrupt)
	}
}
