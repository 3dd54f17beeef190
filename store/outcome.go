package store

import (
	"context"
	"errors"
	"fmt"
)

// apply sends a commit and waits for its outcome, even if ctx ends meanwhile:
// a commit that was sent must not be reported as one that was not.
func (s *Store) apply(ctx context.Context, p *commitCall) error {
	if err := s.engine().calls.begin(p.stripe); err != nil {
		return err
	}
	defer s.engine().calls.end(p.stripe)
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	if s.settings().certain {
		return s.nameOutcome(p.send(ctx, s.driver(), s.namespace()))
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings().commitTimeout)
	defer cancel()
	return s.nameOutcome(p.send(ctx, s.driver(), s.namespace()))
}

// nameOutcome answers [ErrUnknownOutcome] for a commit whose outcome was lost:
// the backend may or may not have applied it. The caller of the verb gets that
// error; nothing here asks again. Once a driver has lanes, such commits are
// settled here.
//
// The context of the commit is not the caller's, so its end must not look like
// the end of the caller's.
func (s *Store) nameOutcome(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: no answer within %v", ErrUnknownOutcome, s.settings().commitTimeout)
	}
	return err
}
