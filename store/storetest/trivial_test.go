package storetest_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/storetest"
)

// trivial is the backend that the comments of package driver describe, and no
// more. It keeps the rows of each namespace in one sorted slice.
type trivial struct {
	mu     sync.Mutex
	spaces map[string][]driver.Row
}

func (d *trivial) Info() driver.Info { return driver.Info{CertainOutcome: true} }

func (d *trivial) Close() error { return nil }

func (d *trivial) find(namespace string, k driver.Key) (int, bool) {
	return slices.BinarySearchFunc(d.spaces[namespace], k, func(row driver.Row, k driver.Key) int { return row.Key.Compare(k) })
}

func (d *trivial) record(namespace string, k driver.Key) driver.Record {
	i, ok := d.find(namespace, k)
	if !ok {
		return driver.Record{}
	}
	row := d.spaces[namespace][i]
	return driver.Record{Value: row.Value, Version: row.Version, Exists: true, Shared: true}
}

// rows returns the rows of the range. The mutex is held while they are used.
func (d *trivial) rows(namespace string, r driver.Range) []driver.Row {
	from, _ := d.find(namespace, r.From)
	to := len(d.spaces[namespace])
	if r.To != (driver.Key{}) {
		to, _ = d.find(namespace, r.To)
	}
	return d.spaces[namespace][from:max(from, to)]
}

func (d *trivial) Read(_ context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, k := range keys {
		into[i] = d.record(namespace, k)
	}
	return nil
}

func (d *trivial) Scan(_ context.Context, namespace string, q driver.Query) (driver.Page, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rows := d.rows(namespace, q.Range)
	if q.Reverse {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	return driver.Page{Rows: slices.Clone(rows[:min(q.Limit, len(rows))]), More: len(rows) > q.Limit}, nil
}

func (d *trivial) Commit(_ context.Context, namespace string, c *driver.Commit) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, check := range c.Checks {
		if d.record(namespace, check.Key).Version != check.Version {
			return driver.ErrConflict
		}
	}
	for _, check := range c.Ranges {
		rows, sum := d.rows(namespace, check.Range), driver.Version(0)
		for _, row := range rows {
			sum += row.Version
		}
		if len(rows) != check.Count || sum != check.Sum && !check.CountOnly {
			return driver.ErrConflict
		}
	}
	for _, r := range c.Deletes {
		gone := func(row driver.Row) bool { return r.Contains(row.Key) }
		d.spaces[namespace] = slices.DeleteFunc(slices.Clone(d.spaces[namespace]), gone)
	}
	d.write(namespace, c)
	return nil
}

// write merges the writes, which are sorted, with the rows from the first
// write on.
func (d *trivial) write(namespace string, c *driver.Commit) {
	if len(c.Writes) == 0 {
		return
	}
	first, _ := d.find(namespace, c.Writes[0].Key)
	rows, rest := d.spaces[namespace][:first], slices.Clone(d.spaces[namespace][first:])
	for _, w := range c.Writes {
		for len(rest) > 0 && rest[0].Key.Compare(w.Key) < 0 {
			rows, rest = append(rows, rest[0]), rest[1:]
		}
		if len(rest) > 0 && rest[0].Key == w.Key {
			rest = rest[1:]
		}
		if !w.Delete {
			rows = append(rows, driver.Row{Key: w.Key, Value: w.Value, Version: c.Stamp, Shared: true})
		}
	}
	d.spaces[namespace] = append(rows, rest...)
}

// TestTrivialBackend is the test that the author of a backend writes.
func TestTrivialBackend(t *testing.T) {
	storetest.Run(t, storetest.Backend{Open: func(context.Context, storetest.TB) (driver.Driver, error) {
		return &trivial{spaces: map[string][]driver.Row{}}, nil
	}})
}
