package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// Set applies the data set in one atomic commit, whatever is stored now: all of
// it or, on an error, nothing. An empty or nil data set is no commit. To write
// what depends on what was read, use [Store.Transaction].
//
// Errors: [ErrInvalid] and [ErrTooLarge] for what cannot be stored, with the
// family; ctx's error if nothing was committed because ctx ended;
// [ErrUnknownOutcome] if the backend could not say.
func (s *Store) Set(ctx context.Context, ds *DataSet) (err error) {
	ctx, op := s.trace(ctx, OpSet, "", &err)
	defer op.end(&err)
	op.set(ds)
	family, err := s.setAll(ctx, ds)
	return fail("set", family, err)
}

func (s *Store) setAll(ctx context.Context, ds *DataSet) (family string, err error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	if ds.Len() == 0 {
		return "", nil
	}
	if family, err := ds.check(ctx, &s.settings().limits); err != nil {
		return family, err
	}
	p := newPending()
	defer p.free()
	p.Writes = ds.sorted(p.Writes)
	return "", s.commit(ctx, p, false)
}

// Clear removes every record of the namespace in one atomic commit. Rows that
// keyfam keeps about itself, such as the schema, stay.
func (s *Store) Clear(ctx context.Context) (err error) {
	ctx, op := s.trace(ctx, OpClear, "", &err)
	defer op.end(&err)
	err = s.enter(ctx)
	if err == nil {
		p := newPending()
		defer p.free()
		p.Clear = true
		err = s.commit(ctx, p, false)
	}
	return fail("clear", "", err)
}

// commit passes the gate, unless it is held by the committer, and applies p.
// An error that is ctx's own means that nothing was committed.
func (s *Store) commit(ctx context.Context, p *pending, holdsGate bool) error {
	e := s.engine()
	var overtakes *attempt
	if !holdsGate {
		passed, holder, err := e.gates.pass(ctx, s.settings(), e.calls.closed, s.namespace(), s.settings().gateWait)
		if err != nil {
			return err
		}
		if overtakes = holder; passed {
			defer e.gates.done(s.namespace())
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p.Stamp = newStamp()
	err := s.apply(ctx, p)
	if err == nil && overtakes != nil {
		overtakes.overtakenBy(p)
	}
	return err
}

// check asks whether the reads of an attempt still stand. Nothing is written,
// so it may end with ctx.
func (s *Store) check(ctx context.Context, p *pending) error {
	if err := s.engine().calls.begin(p.stripe); err != nil {
		return err
	}
	defer s.engine().calls.end(p.stripe)
	p.Stamp = newStamp()
	return p.send(ctx, s.driver(), s.namespace())
}

// apply runs the commit to its end even if ctx ends meanwhile: a commit that
// was sent must not be reported as one that was not.
func (s *Store) apply(ctx context.Context, p *pending) error {
	if err := s.engine().calls.begin(p.stripe); err != nil {
		return err
	}
	defer s.engine().calls.end(p.stripe)
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	if s.settings().certain {
		return s.settle(p.send(ctx, s.driver(), s.namespace()))
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings().commitTimeout)
	defer cancel()
	return s.settle(p.send(ctx, s.driver(), s.namespace()))
}

// settle gives the outcome of a commit its name. This is where a commit whose
// answer was lost will be settled through its lane; until a driver with lanes
// exists, it stays unknown. The context of the commit is not the caller's, so
// its end must not look like the end of the caller's.
func (s *Store) settle(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: no answer within %v", ErrUnknownOutcome, s.settings().commitTimeout)
	}
	return err
}

// newStamp is a random version; 0 is that of absence.
func newStamp() driver.Version {
	for {
		if v := driver.Version(rand.Uint64()); v != 0 {
			return v
		}
	}
}
