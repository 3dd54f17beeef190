package methodvalue

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// mistakeValue calls a method value of the store.
func mistakeValue(ctx context.Context, st *store.Store) error {
	has := st.Has
	return st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := has(ctx, "session", "alice.0") // want `has uses the outer handle inside View .* use tx instead`
		return err
	})
}
