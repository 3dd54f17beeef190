package misspeltfamily

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// rightFamily reads one that does; the id may be anything.
func rightFamily(ctx context.Context, repo *signalkeys.Repo, st *store.Store) error {
	_, _, err := st.Get(ctx, "pre-key", "prekey")
	return err
}
