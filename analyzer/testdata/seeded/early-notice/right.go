package earlynotice

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightNotice uses a channel of its own inside, and tells others after the commit.
func rightNotice(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID, gone chan<- string) error {
	err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		done := make(chan error, 1)
		done <- tx.Sessions().Delete(ctx, k)
		return <-done
	})
	if err == nil {
		gone <- k.Name
	}
	return err
}
