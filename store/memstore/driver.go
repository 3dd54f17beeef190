package memstore

import (
	"context"
	"sync"

	"github.com/tidwall/btree"

	"github.com/keyfam/keyfam/store/driver"
)

// Driver is the backend. Use it with store.New, or [Open] for both in one.
type Driver struct {
	mu     sync.RWMutex
	spaces map[string]*space         // by namespace; none is empty
	names  btree.Map[string, *space] // the same, in order
}

// NewDriver returns an empty backend.
func NewDriver() *Driver {
	return &Driver{spaces: map[string]*space{}}
}

var (
	_ driver.Snapshotter     = (*Driver)(nil)
	_ driver.NamespaceLister = (*Driver)(nil)
)

// space answers the records of a namespace, to read.
func (d *Driver) space(namespace string) *space {
	if s := d.spaces[namespace]; s != nil {
		return s
	}
	return &none
}

var none = *newSpace() // never written

// Info says that nothing survives and that no commit's outcome is ever lost.
func (d *Driver) Info() driver.Info {
	return driver.Info{Durability: driver.Volatile, CertainOutcome: true}
}

// Read answers records of one namespace.
func (d *Driver) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	s := d.space(namespace)
	for i := range keys {
		e := s.index[keys[i]]
		e.answer(&into[i])
	}
	return ctx.Err()
}

// Scan answers one page.
func (d *Driver) Scan(ctx context.Context, namespace string, r driver.Range, limit int) (driver.Page, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return page(d.space(namespace).rows, r, limit), ctx.Err()
}

// Commit checks and applies under one hold of the lock.
func (d *Driver) Commit(_ context.Context, namespace string, c *driver.Commit) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.spaces[namespace]
	if s == nil {
		s = newSpace()
	}
	if err := s.check(c); err != nil {
		return err
	}
	before := len(s.index)
	s.apply(c)
	switch now := len(s.index); {
	case before == 0 && now > 0:
		d.spaces[namespace] = s
		d.names.Set(namespace, s)
	case before > 0 && now == 0:
		delete(d.spaces, namespace)
		d.names.Delete(namespace)
	}
	return nil
}

// Namespaces lists the namespaces that hold more than keyfam's own rows.
func (d *Driver) Namespaces(_ context.Context, from string, limit int) (names []string, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	d.names.Ascend(from, func(name string, s *space) bool {
		if s.holdsRecords() {
			names = append(names, name)
		}
		return len(names) < limit
	})
	return names, nil
}

// Snapshot freezes the namespace as it is now.
func (d *Driver) Snapshot(_ context.Context, namespace string) (driver.Snapshot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.spaces[namespace]; s != nil {
		return s.snapshot(), nil
	}
	return &snapshot{none.rows}, nil
}

// Close forgets everything.
func (d *Driver) Close() error {
	d.spaces, d.names = nil, btree.Map[string, *space]{}
	return nil
}
