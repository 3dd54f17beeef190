package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// snapshot is an open snapshot of the driver. The View that opened it closes
// it, or the store's Close if that comes first.
type snapshot struct {
	reader driver.Snapshot
}

// openSnapshot answers [ErrUnsupported] if the backend has no snapshots, or if
// a wrapper withholds them.
func (s *Store) openSnapshot(ctx context.Context) (*snapshot, error) {
	from, ok := driver.As[driver.Snapshotter](s.driver())
	if !ok {
		return nil, ErrUnsupported
	}
	return s.engine().openSnapshot(ctx, from, s.namespace())
}

func (e *engine) openSnapshot(ctx context.Context, from driver.Snapshotter, namespace string) (*snapshot, error) {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return nil, err
	}
	defer e.calls.end(l)
	reader, err := from.Snapshot(ctx, namespace)
	if err != nil {
		return nil, err
	}
	s := &snapshot{reader: reader}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.snapshots[s] = struct{}{}
	return s, nil
}

// closeSnapshot does nothing once Close has begun: Close closes the snapshot.
func (e *engine) closeSnapshot(s *snapshot) error {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return nil
	}
	defer e.calls.end(l)
	e.mu.Lock()
	delete(e.snapshots, s)
	e.mu.Unlock()
	return s.reader.Close()
}

// closeSnapshots closes the snapshots that Views still hold. No driver call
// may run.
func (e *engine) closeSnapshots() (first error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.snapshots {
		if err := s.reader.Close(); err != nil && first == nil {
			first = err
		}
	}
	clear(e.snapshots)
	return first
}
