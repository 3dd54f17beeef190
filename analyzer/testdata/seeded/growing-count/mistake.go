package growingcount

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// mistakeCount counts on from the run that was thrown away.
func mistakeCount(ctx context.Context, st *store.Store) (n int, err error) {
	err = st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, err := range tx.Scan(ctx, "session", "") {
			if err != nil {
				return err
			}
			n++ // want `n grows .*collect in a variable of the callback and assign it at the end`
		}
		return nil
	})
	return n, err
}
