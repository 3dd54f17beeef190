package growingcount

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// rightCount counts in the callback.
func rightCount(ctx context.Context, st *store.Store) (n int, err error) {
	err = st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		count := 0
		for _, err := range tx.Scan(ctx, "session", "") {
			if err != nil {
				return err
			}
			count++
		}
		n = count
		return nil
	})
	return n, err
}
