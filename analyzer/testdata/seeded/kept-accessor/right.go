package keptaccessor

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

// rightKeep takes out what it read.
func rightKeep(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) (rec family.Secret, err error) {
	err = repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		sessions := tx.Sessions()
		rec, _, err = sessions.Get(ctx, k)
		return err
	})
	return rec, err
}
