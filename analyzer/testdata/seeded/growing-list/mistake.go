package growinglist

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeList lists every name twice when the callback runs twice.
func mistakeList(ctx context.Context, repo *signalkeys.Repo) (names []string, err error) {
	err = repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			names = append(names, e.ID.Name) // want `names grows .*set it back at the start of the callback`
		}
		return nil
	})
	return names, err
}
