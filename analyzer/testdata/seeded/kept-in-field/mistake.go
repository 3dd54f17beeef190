package keptinfield

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

type worker struct{ tx *signalkeys.Tx }

// mistakeBind stores the handle in a struct that lives on.
func (w *worker) mistakeBind(ctx context.Context, repo *signalkeys.Repo) error {
	return repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		w.tx = tx // want `tx is stored in w.tx, .*keep what was read from it, not the handle`
		return nil
	})
}
