package senthandle

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// mistakeSend hands the handle to another goroutine.
func mistakeSend(ctx context.Context, st *store.Store, jobs chan *store.Tx) error {
	return st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		jobs <- tx // want `tx is sent on a channel: .*send what was read from it|sends on jobs`
		return nil
	})
}
