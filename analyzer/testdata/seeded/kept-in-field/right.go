package keptinfield

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

func (w *worker) run(ctx context.Context) error {
	_, _, err := w.tx.PreKeys().Get(ctx, 1)
	return err
}

// rightBind makes a worker that dies with the callback.
func rightBind(ctx context.Context, repo *signalkeys.Repo) error {
	return repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		w := &worker{tx: tx}
		return w.run(ctx)
	})
}
