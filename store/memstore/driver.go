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
	spaces map[string]*space           // by namespace
	names  btree.Map[string, struct{}] // of the spaces that hold user records
}

// NewDriver returns an empty backend.
func NewDriver() *Driver {
	return &Driver{spaces: map[string]*space{}}
}

var (
	_ driver.Snapshotter     = (*Driver)(nil)
	_ driver.NamespaceLister = (*Driver)(nil)
)

// Info says that nothing survives and that no commit's outcome is ever lost.
func (d *Driver) Info() driver.Info {
	return driver.Info{Durability: driver.Volatile, CertainOutcome: true}
}

// Read answers records of one namespace.
func (d *Driver) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	s := d.spaces[namespace]
	for i, k := range keys {
		into[i] = s.record(k)
	}
	return nil
}

// Scan answers one page.
func (d *Driver) Scan(ctx context.Context, namespace string, r driver.Range, limit int) (driver.Page, error) {
	if err := ctx.Err(); err != nil {
		return driver.Page{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.spaces[namespace].page(r, limit), nil
}

// Commit checks and applies under one hold of the lock.
func (d *Driver) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !c.Clear && len(c.Writes) == 0 {
		d.mu.RLock()
		defer d.mu.RUnlock()
		return d.spaces[namespace].check(c)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.spaces[namespace]
	if err := s.check(c); err != nil {
		return err
	}
	if s == nil {
		s = newSpace()
		d.spaces[namespace] = s
	}
	s.apply(c)
	d.list(namespace, s)
	return nil
}

// list keeps the names in step with what a space holds.
func (d *Driver) list(namespace string, s *space) {
	if s.holdsRecords() {
		d.names.Set(namespace, struct{}{})
	} else {
		d.names.Delete(namespace)
	}
	if s.rows.Len() == 0 {
		delete(d.spaces, namespace)
	}
}

// Namespaces lists the namespaces that hold user records.
func (d *Driver) Namespaces(_ context.Context, from string, limit int) (names []string, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	d.names.Ascend(from, func(name string, _ struct{}) bool {
		names = append(names, name)
		return len(names) < limit
	})
	return names, nil
}

// Snapshot copies the tree of the namespace, which takes constant time: the
// copies share their nodes until one of them changes.
func (d *Driver) Snapshot(_ context.Context, namespace string) (driver.Snapshot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &snapshot{d.spaces[namespace].copy()}, nil
}

// Close forgets everything.
func (d *Driver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spaces, d.names = nil, btree.Map[string, struct{}]{}
	return nil
}
