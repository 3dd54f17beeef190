// Package mailbox has a family of its own, and imports no schema.
package mailbox

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

//famvet:family audit

func Note() {}

func get(ctx context.Context, st *store.Store) error {
	_, _, err := st.Get(ctx, "anything", "alice.0")
	return err
}
