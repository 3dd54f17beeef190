package outerfield

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

type gateway struct{ repo, archive *signalkeys.Repo }

// mistakeDrop reaches the repository through a field.
func (g *gateway) mistakeDrop(ctx context.Context, k signalkeys.SessionID) error {
	return g.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return g.repo.Sessions().Delete(ctx, k) // want `use tx instead`
	})
}
