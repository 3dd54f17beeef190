package lategoroutine

import (
	"context"
	"sync"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeLate waits for its goroutine outside the callback.
func mistakeLate(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		wg.Go(func() { // want `wait for the goroutine inside the callback`
			_ = tx.Sessions().Delete(ctx, k)
		})
		return nil
	})
}
