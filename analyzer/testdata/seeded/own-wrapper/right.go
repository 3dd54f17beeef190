package ownwrapper

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightWrapped uses what inTx gives.
func (c *client) rightWrapped(ctx context.Context, k signalkeys.SessionID) error {
	return c.inTx(ctx, func(ctx context.Context, tx *signalkeys.Tx) error {
		return tx.Sessions().Delete(ctx, k)
	})
}
