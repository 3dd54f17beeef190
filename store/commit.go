package store

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// finish ends an attempt whose callback has returned err. A transaction
// commits here, unless the callback failed or must run again.
func (a *attempt) finish(ctx context.Context, err error) (ending, error) {
	switch a.doom {
	case overtaken:
		return lost, nil
	case outOfOrder:
		return misordered, nil
	case readFailed:
		if err == nil {
			err = fail(a.txn.op(), "", a.failure)
		}
		return ended, err
	}
	if err != nil {
		return a.rollBack(ctx, err)
	}
	if err := ctx.Err(); err != nil {
		return ended, fail(a.txn.op(), "", err)
	}
	family, err := a.tryCommit(ctx)
	if errors.Is(err, ErrConflict) {
		return lost, nil
	}
	return ended, fail(a.txn.op(), family, err)
}

// rollBack returns the error of the callback. The callback runs again instead
// if its reads do not fit together: its error may come from that mix.
func (a *attempt) rollBack(ctx context.Context, err error) (ending, error) {
	if a.reads.calls <= 1 || ctx.Err() != nil {
		return ended, err
	}
	p := newCommitCall()
	defer p.free()
	switch failed := a.checkReads(ctx, p); {
	case failed == nil:
		return ended, err
	case errors.Is(failed, ErrConflict):
		return lost, nil
	default: // the error may come from a mix of reads: return both
		return ended, errors.Join(err, fail(a.txn.op(), "", failed))
	}
}

// tryCommit applies the writes if all reads still stand. It names the family
// of a write above a limit. A single read is of one point in time, so it needs
// no check without writes.
func (a *attempt) tryCommit(ctx context.Context) (family string, err error) {
	p := newCommitCall()
	defer p.free()
	p.Writes, p.Deletes = a.writes.result(p.Writes)
	if p.OnlyChecks() {
		if a.reads.calls <= 1 {
			return "", nil
		}
		return "", a.checkReads(ctx, p)
	}
	if family, err := a.store.settings().checkCommit(&p.Commit); err != nil {
		return family, err
	}
	if err := a.fillChecks(p); err != nil {
		return "", err
	}
	if err := a.store.commit(ctx, p, a.gated); err != nil {
		return "", err
	}
	a.txn.verb.wrote(p.Writes)
	return "", nil
}

// checkReads asks the backend whether all reads still stand. It writes
// nothing.
func (a *attempt) checkReads(ctx context.Context, p *commitCall) error {
	if err := a.fillChecks(p); err != nil {
		return err
	}
	return a.store.check(ctx, p)
}

func (a *attempt) fillChecks(p *commitCall) error {
	if err := a.store.settings().checkReadSet(a.reads.size()); err != nil {
		return err
	}
	p.Checks, p.Ranges = a.reads.checks(p.Checks)
	return nil
}

// commit applies p. All writes come through here: those of a Set, of a Clear
// and of a transaction. They wait at the gate, unless the committer holds it.
// If the error is ctx's, nothing was committed.
func (s *Store) commit(ctx context.Context, p *commitCall, holdsGate bool) error {
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

// check asks the backend whether the reads in p still stand. It writes
// nothing, so it may end with ctx.
func (s *Store) check(ctx context.Context, p *commitCall) error {
	if err := s.engine().calls.begin(p.stripe); err != nil {
		return err
	}
	defer s.engine().calls.end(p.stripe)
	p.Stamp = newStamp()
	return p.send(ctx, s.driver(), s.namespace())
}

// newStamp returns a random version that is not 0, the version of an absent
// record.
func newStamp() driver.Version {
	for {
		if v := driver.Version(rand.Uint64()); v != 0 {
			return v
		}
	}
}
