package earlynotice

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeNotice tells others before the commit.
func mistakeNotice(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID, gone chan<- string) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		gone <- k.Name // want `sends on gone .*send when Transaction has returned nil`
		return tx.Sessions().Delete(ctx, k)
	})
}
