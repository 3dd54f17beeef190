package store

import (
	"context"
	"errors"
	"fmt"
)

// View runs fn with a handle that reads one consistent state of the namespace
// and refuses writes with [ErrReadOnly]. fn's error comes back unchanged.
//
// Where the backend has snapshots, fn runs once and holds nobody up. Elsewhere
// View checks what fn read, as a transaction does: fn may run more than once,
// and the error is [ErrConflict] if other commits kept coming first.
//
// Inside fn use its own ctx and tx, as in [Store.Transaction].
func (s *Store) View(ctx context.Context, fn TxFunc) (err error) {
	ctx, op := s.trace(ctx, OpView, "", &err)
	defer op.end(&err)
	return s.view(ctx, fn, op)
}

func (s *Store) view(ctx context.Context, fn TxFunc, op *operation) error {
	if err := s.enter(ctx); err != nil {
		return fail("view", "", err)
	}
	if fn == nil {
		return fail("view", "", errNilFunc)
	}
	snap, err := s.openSnapshot(ctx)
	if errors.Is(err, ErrUnsupported) {
		return s.outermost(ctx, true, TxOptions{}, fn, op)
	}
	if err != nil {
		return fail("view", "", err)
	}
	op.attempted(1)
	return s.viewSnapshot(ctx, snap, fn)
}

// viewSnapshot runs fn on the snapshot and closes it.
func (s *Store) viewSnapshot(ctx context.Context, snap *snapshot, fn TxFunc) (err error) {
	ctx, op := s.trace(ctx, OpAttempt, "", &err)
	defer op.end(&err)
	op.attempted(1)
	a := &attempt{readOnly: true}
	a.init(ctx, s, snap.reader)
	defer func() {
		if closed := s.engine().closeSnapshot(snap); err == nil && closed != nil {
			err = fail("view", "", closed)
		}
	}()
	return a.call(fn)
}

var errNilFunc = fmt.Errorf("%w: nil function", ErrInvalid)
