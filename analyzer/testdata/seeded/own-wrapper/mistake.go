package ownwrapper

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

type client struct{ repo *signalkeys.Repo }

func (c *client) inTx(ctx context.Context, fn func(context.Context, *signalkeys.Tx) error) error {
	return c.repo.Transaction(ctx, nil, fn)
}

// mistakeWrapped forgets that inTx has opened a transaction.
func (c *client) mistakeWrapped(ctx context.Context, k signalkeys.SessionID) error {
	return c.inTx(ctx, func(ctx context.Context, tx *signalkeys.Tx) error {
		return c.repo.Sessions().Delete(ctx, k) // want `inside inTx .* use tx instead`
	})
}
