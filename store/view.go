package store

import (
	"context"
	"errors"
	"fmt"
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
	watch := s.settings().watch("view")
	snap, err := s.openSnapshot(ctx)
	switch {
	case errors.Is(err, ErrUnsupported):
		return s.outermost(ctx, true, TxOptions{}, fn)
	case err != nil:
		err = fail("view", "", err)
		watch.end(err)
		return err
	}
	return s.viewSnapshot(ctx, snap, watch, fn)
}

// viewSnapshot closes the snapshot.
func (s *Store) viewSnapshot(ctx context.Context, snap *snapshot, watch *watch, fn TxFunc) (err error) {
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
