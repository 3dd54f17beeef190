package capturedaccessor

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeAccessor keeps an accessor of the repository and uses it inside.
func mistakeAccessor(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	sessions := repo.Sessions()
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		_, _, err := sessions.Get(ctx, k) // want `sessions.Get uses the outer handle .* use tx instead`
		return err
	})
}
