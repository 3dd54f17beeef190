package methodvalue

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// rightValue calls a method value of the handle.
func rightValue(ctx context.Context, st *store.Store) error {
	return st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		has := tx.Has
		_, err := has(ctx, "session", "alice.0")
		return err
	})
}
