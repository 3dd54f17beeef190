package nestedtransaction

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightMove nests on the handle, which joins.
func rightMove(ctx context.Context, repo *signalkeys.Repo, a, b signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(a), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Sessions().Delete(ctx, a); err != nil {
			return err
		}
		return tx.Transaction(ctx, signalkeys.SessionLabel(b), func(ctx context.Context, in *signalkeys.Tx) error {
			return in.Sessions().Delete(ctx, b)
		})
	})
}
