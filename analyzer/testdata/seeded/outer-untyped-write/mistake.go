package outeruntypedwrite

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// mistakeMark writes with the store, which stays when the transaction rolls back.
func mistakeMark(ctx context.Context, st *store.Store) error {
	return st.Transaction(ctx, "alice", func(ctx context.Context, tx *store.Tx) error {
		if err := st.Set(ctx, new(store.DataSet).Put("session", "alice.0", nil)); err != nil { // want `use tx instead`
			return err
		}
		_, _, err := tx.Get(ctx, "session", "alice.0")
		return err
	})
}
