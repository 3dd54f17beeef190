package returnedhandle

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// mistakeReturn returns the handle.
func mistakeReturn(ctx context.Context, st *store.Store) (*store.Tx, error) {
	return store.TransactionValue(ctx, st, "a", func(ctx context.Context, tx *store.Tx) (*store.Tx, error) {
		return tx, nil // want `tx is returned: .*return what was read from it`
	})
}
