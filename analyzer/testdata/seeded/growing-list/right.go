package growinglist

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightList starts afresh each time.
func rightList(ctx context.Context, repo *signalkeys.Repo) (names []string, err error) {
	err = repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		names = names[:0]
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			names = append(names, e.ID.Name)
		}
		return nil
	})
	return names, err
}
