// Package noschema imports no generated package, so any family may be right.
package noschema

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

func get(ctx context.Context, st *store.Store) error {
	_, _, err := st.Get(ctx, "sesion", "alice.0")
	return err
}
