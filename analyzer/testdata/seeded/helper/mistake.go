package helper

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

type sender struct{ repo *signalkeys.Repo }

func (s *sender) next(ctx context.Context) (int, error) { return s.count(ctx) }

func (s *sender) count(ctx context.Context) (int, error) { return s.repo.PreKeys().Count(ctx) }

// mistakeHelper calls a helper whose helper uses the repository.
func (s *sender) mistakeHelper(ctx context.Context, k signalkeys.SessionID) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		_, err := s.next(ctx) // want `next, which calls count, which calls s.repo.PreKeys\(\).Count.*: pass tx to next and use it there`
		return err
	})
}
