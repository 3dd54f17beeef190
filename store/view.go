package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/store/driver"
)

// View runs fn with a handle that reads one consistent state of the namespace
// and refuses writes with [ErrReadOnly]. fn's error comes back as it is.
//
// Where the backend has snapshots, fn runs once and disturbs nobody. Elsewhere
// View checks what fn read like a transaction: fn may run more than once, and
// the error is [ErrConflict] if other commits kept coming.
//
// Inside fn use its own ctx and tx, as in [Store.Transaction].
func (s *Store) View(ctx context.Context, fn TxFunc) error {
	if err := s.enter(ctx); err != nil {
		return fail("view", "", err)
	}
	if fn == nil {
		return fail("view", "", errNilFunc)
	}
	if from, ok := s.engine().driver.(driver.Snapshotter); ok {
		return s.viewSnapshot(ctx, from, fn)
	}
	return s.outermost(ctx, true, TxOptions{}, fn)
}

func (s *Store) viewSnapshot(ctx context.Context, from driver.Snapshotter, fn TxFunc) (err error) {
	watch := s.settings().watch("view")
	snap, err := s.engine().openSnapshot(ctx, from, s.namespace())
	if err != nil {
		err = fail("view", "", err)
		watch.end(err)
		return err
	}
	a := &attempt{readOnly: true}
	a.init(ctx, s, snap.reader)
	err = errNoReturn
	defer func() {
		closed := s.engine().closeSnapshot(snap)
		if err == nil && closed != nil {
			err = fail("view", "", closed)
		}
		watch.attempted(a)
		watch.end(err)
	}()
	err = a.call(fn)
	return err
}

var errNilFunc = fmt.Errorf("%w: nil function", ErrInvalid)
