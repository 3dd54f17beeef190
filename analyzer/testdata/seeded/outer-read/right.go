package outerread

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightRotate reads before the transaction for a log line, and again inside it.
func rightRotate(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	if _, ok, err := repo.Sessions().Get(ctx, k); err != nil || !ok {
		return err
	}
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		rec, ok, err := tx.Sessions().Get(ctx, k)
		if err != nil || !ok {
			return err
		}
		return tx.Sessions().Put(ctx, k, rec)
	})
}
