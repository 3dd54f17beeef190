package returnedhandle

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// rightReturn returns what it read.
func rightReturn(ctx context.Context, st *store.Store) ([]byte, error) {
	return store.TransactionValue(ctx, st, "a", func(ctx context.Context, tx *store.Tx) ([]byte, error) {
		v, _, err := tx.Get(ctx, "session", "alice.0")
		return v, err
	})
}
