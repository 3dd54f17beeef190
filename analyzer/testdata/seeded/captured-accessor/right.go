package capturedaccessor

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightAccessor makes the accessor from the handle.
func rightAccessor(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	sessions := repo.Sessions()
	if _, _, err := sessions.Get(ctx, k); err != nil {
		return err
	}
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		sessions := tx.Sessions()
		_, _, err := sessions.Get(ctx, k)
		return err
	})
}
