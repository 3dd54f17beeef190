package outerread

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeRotate reads through the repository instead of the transaction, so the read is not checked at commit.
func mistakeRotate(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		rec, ok, err := repo.Sessions().Get(ctx, k) // want `use tx instead`
		if err != nil || !ok {
			return err
		}
		return tx.Sessions().Put(ctx, k, rec)
	})
}
