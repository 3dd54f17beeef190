package helper

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

func countIn(ctx context.Context, f signalkeys.Families) error {
	_, _, err := f.PreKeys().Get(ctx, 1)
	return err
}

// rightHelper passes the handle on.
func (s *sender) rightHelper(ctx context.Context, k signalkeys.SessionID) error {
	if err := countIn(ctx, s.repo); err != nil {
		return err
	}
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return countIn(ctx, tx)
	})
}
