package pebblestore

import (
	"context"
	"fmt"
	"io"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// handle is the driver that a store gets. It hides the backend from printers,
// because the backend holds the directory's path and cached records.
type handle struct{ in hidden.Pointer[backend] }

var (
	_ driver.Driver          = (*handle)(nil)
	_ driver.Snapshotter     = (*handle)(nil)
	_ driver.NamespaceLister = (*handle)(nil)
	_ driver.Counter         = (*handle)(nil)
)

// backendOf returns the backend of a store, under any wrappers. ok is false if
// it is not one of this package.
func backendOf(st *store.Store) (*backend, bool) {
	h, ok := driver.As[*handle](st.Driver())
	if !ok {
		return nil, false
	}
	return h.in.Get(), true
}

// Format prints the package's name for every verb.
func (h *handle) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "pebblestore") }

func (h *handle) Info() driver.Info { return h.in.Get().Info() }

func (h *handle) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	return h.in.Get().Read(ctx, namespace, keys, into)
}

func (h *handle) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	return h.in.Get().Scan(ctx, namespace, q)
}

func (h *handle) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	return h.in.Get().Count(ctx, namespace, r)
}

func (h *handle) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	return h.in.Get().Commit(ctx, namespace, c)
}

func (h *handle) Snapshot(ctx context.Context, namespace string) (driver.Snapshot, error) {
	return h.in.Get().Snapshot(ctx, namespace)
}

func (h *handle) Namespaces(ctx context.Context, from string, limit int) ([]string, error) {
	return h.in.Get().Namespaces(ctx, from, limit)
}

func (h *handle) Close() error { return h.in.Get().Close() }
