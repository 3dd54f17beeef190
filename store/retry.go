package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// retry counts a lost attempt. It then pauses for a short random time, so that
// transactions that lost to one another do not meet again.
func (t *transaction) retry(ctx context.Context) error {
	t.lost++
	if t.outwaits >= 2 {
		return errSelfWait
	}
	if int(t.lost) >= t.store.settings().attempts {
		return ErrConflict
	}
	if t.lost == 1 {
		return ctx.Err()
	}
	return t.pause(ctx, rand.N(min(100*time.Microsecond<<min(t.lost, 10), 20*time.Millisecond)))
}

func (t *transaction) pause(ctx context.Context, wait time.Duration) (err error) {
	ctx, op := t.store.trace(ctx, OpRetryWait, "", &err)
	defer op.end(&err)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-t.store.engine().calls.closed:
		return ErrClosed
	}
}

// patience is how long commits let the transaction go first: twice its slowest
// attempt, within bounds.
func (t *transaction) patience() time.Duration {
	return min(max(2*t.slowest, t.store.settings().gateWait), t.store.settings().gateLimit)
}

// errSelfWait: commits that stopped waiting for the transaction have overtaken
// it twice. Its callback waits for them, or is too slow.
var errSelfWait = fmt.Errorf("%w: twice, a commit of this process stopped waiting for the transaction and changed what it had read; "+
	"its callback waits for commits outside of it, or takes longer than Options.GateLimit", ErrConflict)
