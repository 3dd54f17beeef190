package outeralias

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeAlias uses the same repository under another name.
func mistakeAlias(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	db := repo
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return db.Sessions().Delete(ctx, k) // want `db.Sessions\(\).Delete uses the outer handle .* use tx instead`
	})
}
