package outerfield

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightDrop writes to a second store on purpose.
func (g *gateway) rightDrop(ctx context.Context, k signalkeys.SessionID) error {
	return g.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		rec, _, err := tx.Sessions().Get(ctx, k)
		if err != nil {
			return err
		}
		return g.archive.Sessions().Put(ctx, k, rec)
	})
}
