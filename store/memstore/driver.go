package memstore

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/tidwall/btree"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Driver is the backend. Use it with store.New, or [Open] for both in one.
type Driver struct{ in hidden.Pointer[memory] }

// memory holds all records. Driver hides it from package fmt.
type memory struct {
	mu     sync.RWMutex
	spaces map[string]*space         // by namespace; none is empty
	names  btree.Map[string, *space] // the same, in order
}

// NewDriver returns an empty backend.
func NewDriver() *Driver {
	return &Driver{hidden.To(&memory{spaces: map[string]*space{}})}
}

// Format prints the kind of driver and no record, whatever the verb.
func (d *Driver) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "memstore") }

var (
	_ driver.Snapshotter     = (*Driver)(nil)
	_ driver.NamespaceLister = (*Driver)(nil)
	_ driver.Counter         = (*Driver)(nil)
)

// space returns the records of a namespace, for reading.
func (m *memory) space(namespace string) *space {
	if s := m.spaces[namespace]; s != nil {
		return s
	}
	return &none
}

var none = *newSpace() // never written

// Info says that nothing survives Close and that no outcome is ever lost.
func (d *Driver) Info() driver.Info {
	return driver.Info{Durability: driver.Volatile, CertainOutcome: true}
}

// Read reads records of one namespace.
func (d *Driver) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	m := d.in.Get()
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := m.space(namespace)
	for i := range keys {
		e := s.index[keys[i]]
		e.answer(&into[i])
	}
	return ctx.Err()
}

// Scan reads one page.
func (d *Driver) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	m := d.in.Get()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return page(m.space(namespace).rows, q), ctx.Err()
}

// Count counts the records of a range.
func (d *Driver) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	m := d.in.Get()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return driver.Counted{Records: count(m.space(namespace).rows, r)}, ctx.Err()
}

// Commit checks and applies while it holds the mutex.
func (d *Driver) Commit(_ context.Context, namespace string, c *driver.Commit) error {
	m := d.in.Get()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.spaces[namespace]
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
		m.spaces[namespace] = s
		m.names.Set(namespace, s)
	case before > 0 && now == 0:
		delete(m.spaces, namespace)
		m.names.Delete(namespace)
	}
	return nil
}

// Namespaces lists the namespaces that hold more than keyfam's own rows.
func (d *Driver) Namespaces(_ context.Context, from string, limit int) (names []string, err error) {
	m := d.in.Get()
	m.mu.RLock()
	defer m.mu.RUnlock()
	m.names.Ascend(from, func(name string, s *space) bool {
		if s.holdsRecords() {
			names = append(names, name)
		}
		return len(names) < limit
	})
	return names, nil
}

// Snapshot returns a reader of the namespace as it is now.
func (d *Driver) Snapshot(_ context.Context, namespace string) (driver.Snapshot, error) {
	m := d.in.Get()
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.spaces[namespace]; s != nil {
		return s.snapshot(), nil
	}
	return &snapshot{none.rows}, nil
}

// Close forgets everything.
func (d *Driver) Close() error {
	m := d.in.Get()
	m.spaces, m.names = nil, btree.Map[string, *space]{}
	return nil
}
