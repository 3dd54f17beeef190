package outeruntypedwrite

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// rightMark calls the handle st: the name is shadowed, the store is not used.
func rightMark(ctx context.Context, st *store.Store) error {
	return st.Transaction(ctx, "alice", func(ctx context.Context, st *store.Tx) error {
		return st.Set(ctx, new(store.DataSet).Put("session", "alice.0", nil))
	})
}
