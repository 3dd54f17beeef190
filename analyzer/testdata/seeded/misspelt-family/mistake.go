package misspeltfamily

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// mistakeFamily reads a family that does not exist.
func mistakeFamily(ctx context.Context, repo *signalkeys.Repo, st *store.Store) error {
	_, _, err := st.Get(ctx, "prekey", "17") // want `did you mean "pre-key"\?`
	return err
}
