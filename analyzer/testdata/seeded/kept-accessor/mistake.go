package keptaccessor

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeKeep takes an accessor out of the transaction.
func mistakeKeep(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	var sessions signalkeys.SessionRepo
	if err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		sessions = tx.Sessions() // want `a value made from tx is stored in sessions, .*keep what was read from it, not the handle`
		return nil
	}); err != nil {
		return err
	}
	return sessions.Delete(ctx, k)
}
