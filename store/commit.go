package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// Set applies the data set in one atomic commit, whatever is stored now: all of
// it or, on an error, nothing. An empty or nil data set is no commit. To write
// what depends on what was read, use [Store.Transaction].
//
// Errors: [ErrInvalid] and [ErrTooLarge] for what cannot be stored, with the
// family; ctx's error if nothing was committed because ctx ended;
// [ErrUnknownOutcome] if the backend could not say.
func (s *Store) Set(ctx context.Context, ds *DataSet) error {
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
	if family, err := ds.check(ctx, &s.set.limits); err != nil {
		return family, err
	}
	p := pendings.Get().(*pending)
	p.commit.Writes = ds.sorted()
	err = s.commitAlone(ctx, "set", p)
	p.commit = driver.Commit{}
	pendings.Put(p)
	return "", err
}

// Clear removes every record of the namespace in one atomic commit. Rows that
// keyfam keeps about itself, such as the schema, stay.
func (s *Store) Clear(ctx context.Context) error {
	err := s.enter(ctx)
	if err == nil {
		err = s.commitAlone(ctx, "clear", &pending{commit: driver.Commit{Clear: true}})
	}
	return fail("clear", "", err)
}

// pending is the commit of a Set. It passes through an interface and would be
// allocated for each call; a driver must not keep it.
type pending struct{ commit driver.Commit }

var pendings = sync.Pool{New: func() any { return new(pending) }}

// commitAlone commits what has no checks, through the same gate and the same
// driver call as the commit of a transaction.
func (s *Store) commitAlone(ctx context.Context, op string, p *pending) error {
	watch := s.set.watch(op)
	err := s.commit(ctx, &p.commit, false, watch)
	watch.end(err)
	return err
}

// commit passes the gate, unless it is held by the committer, and applies c.
// An error that is ctx's own means that nothing was committed.
func (s *Store) commit(ctx context.Context, c *driver.Commit, holdsGate bool, watch *watch) error {
	e := s.engine
	if !holdsGate {
		since := watch.now()
		passed, err := e.gates.pass(ctx, e.calls.closed, s.namespace, s.set.gateWait)
		if err != nil {
			return err
		}
		if passed {
			defer e.gates.done(s.namespace)
			watch.gate(since)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Stamp = newStamp()
	since := watch.now()
	err := s.apply(ctx, c)
	watch.committed(since, len(c.Writes), err)
	return err
}

// check asks whether the reads of an attempt still stand. Nothing is written,
// so it may end with ctx.
func (s *Store) check(ctx context.Context, c *driver.Commit) error {
	l := anyLane()
	if err := s.engine.calls.begin(l); err != nil {
		return err
	}
	defer s.engine.calls.end(l)
	c.Stamp = newStamp()
	return s.engine.driver.Commit(ctx, s.namespace, c)
}

// apply runs the commit to its end even if ctx ends meanwhile: a commit that
// was sent must not be reported as one that was not.
func (s *Store) apply(ctx context.Context, c *driver.Commit) error {
	l := anyLane()
	if err := s.engine.calls.begin(l); err != nil {
		return err
	}
	defer s.engine.calls.end(l)
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	if s.engine.info.CertainOutcome {
		return s.settle(s.engine.driver.Commit(ctx, s.namespace, c))
	}
	ctx, cancel := context.WithTimeout(ctx, s.set.commitTimeout)
	defer cancel()
	return s.settle(s.engine.driver.Commit(ctx, s.namespace, c))
}

// settle gives the outcome of a commit its name. This is where a commit whose
// answer was lost will be settled through its lane; until a driver with lanes
// exists, it stays unknown. The context of the commit is not the caller's, so
// its end must not look like the end of the caller's.
func (s *Store) settle(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: no answer within %v", ErrUnknownOutcome, s.set.commitTimeout)
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
