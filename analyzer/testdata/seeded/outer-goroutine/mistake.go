package outergoroutine

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeSpawn starts a goroutine that reads around the transaction.
func mistakeSpawn(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		go func() {
			_ = repo.Sessions().Delete(ctx, k) // want `goroutine uses the outer handle .*start it after the transaction`
		}()
		return tx.Sessions().Delete(ctx, k)
	})
}
