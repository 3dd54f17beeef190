package growingmap

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightMap clears it first.
func rightMap(ctx context.Context, repo *signalkeys.Repo) (map[string]bool, error) {
	seen := map[string]bool{}
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		clear(seen)
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			seen[e.ID.Name] = true
		}
		return nil
	})
	return seen, err
}
