package senthandle

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// rightSend sends when the view is over.
func rightSend(ctx context.Context, st *store.Store, jobs chan []byte) error {
	var v []byte
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		v, _, err = tx.Get(ctx, "session", "alice.0")
		return err
	})
	if err == nil {
		jobs <- v
	}
	return err
}
