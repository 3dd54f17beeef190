package growingmap

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeMap keeps entries of the run that was thrown away.
func mistakeMap(ctx context.Context, repo *signalkeys.Repo) (map[string]bool, error) {
	seen := map[string]bool{}
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			seen[e.ID.Name] = true // want `seen grows .*set it back at the start of the callback`
		}
		return nil
	})
	return seen, err
}
