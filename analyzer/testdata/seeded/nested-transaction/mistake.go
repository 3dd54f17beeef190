package nestedtransaction

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeMove opens the second transaction on the repository; it would wait for itself.
func mistakeMove(ctx context.Context, repo *signalkeys.Repo, a, b signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(a), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Sessions().Delete(ctx, a); err != nil {
			return err
		}
		return repo.Transaction(ctx, signalkeys.SessionLabel(b), func(ctx context.Context, in *signalkeys.Tx) error { // want `opens a second transaction .*: use tx, which is open already`
			return in.Sessions().Delete(ctx, b)
		})
	})
}
