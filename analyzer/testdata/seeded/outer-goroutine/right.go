package outergoroutine

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightSpawn starts it when the transaction is over.
func rightSpawn(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	if err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return tx.Sessions().Delete(ctx, k)
	}); err != nil {
		return err
	}
	go func() {
		_, _ = repo.PreKeys().Count(ctx)
	}()
	return nil
}
