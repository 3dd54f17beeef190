package outeralias

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightAlias gives the handle another name.
func rightAlias(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		db := tx
		return db.Sessions().Delete(ctx, k)
	})
}
