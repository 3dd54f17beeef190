package store

import (
	"context"
	"errors"
	"fmt"
)

// apply runs the commit to its end even if ctx ends meanwhile: a commit that
// was sent must not be reported as one that was not.
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

// settle gives the outcome of a commit its name. This is where a commit whose
// answer was lost will be settled through its lane; until a driver with lanes
// exists, it stays unknown. The context of the commit is not the caller's, so
// its end must not look like the end of the caller's.
func (s *Store) nameOutcome(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: no answer within %v", ErrUnknownOutcome, s.settings().commitTimeout)
	}
	return err
}
