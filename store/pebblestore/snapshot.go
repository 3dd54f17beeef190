package pebblestore

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// snapshot is the backend at one point in time.
type snapshot struct {
	backend *backend
	view    view
	frozen  *pebble.Snapshot
}

// Snapshot returns a reader of the present that does not change.
func (b *backend) Snapshot(ctx context.Context, _ string) (driver.Snapshot, error) {
	if err := b.ready(ctx); err != nil {
		return nil, err
	}
	s := &snapshot{backend: b}
	s.view, s.frozen = b.freeze()
	return s, nil
}

func (s *snapshot) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if err := s.backend.ready(ctx); err != nil {
		return err
	}
	return s.view.read(namespace, keys, into)
}

func (s *snapshot) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if err := s.backend.ready(ctx); err != nil {
		return driver.Page{}, err
	}
	return s.view.scan(ctx, namespace, q)
}

func (s *snapshot) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	if err := s.backend.ready(ctx); err != nil {
		return driver.Counted{}, err
	}
	return s.view.count(ctx, namespace, r)
}

// Close releases the snapshot. A failed engine is left alone.
func (s *snapshot) Close() error {
	if err := s.backend.fail.Err(); err != nil {
		return nil
	}
	return fault.Translate(s.frozen.Close())
}
