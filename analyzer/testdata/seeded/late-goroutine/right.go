package lategoroutine

import (
	"context"
	"sync"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightLate waits inside.
func rightLate(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = tx.Sessions().Delete(ctx, k)
		})
		wg.Wait()
		return nil
	})
}
