//go:build !race

package memstore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// TestAllocations checks the table in docs/design.md.
func TestAllocations(t *testing.T) {
	ctx, value := context.Background(), make([]byte, 64)
	st, err := memstore.Open(ctx, nil)
	require.NoError(t, err)
	defer st.Close()
	through := func(h store.Handle) error {
		return h.Set(ctx, new(store.DataSet).Put("session", "alice.0", value))
	}
	for name, path := range map[string]struct {
		want float64
		run  func() error
	}{
		"Get":                         {1, func() error { _, _, err := st.Get(ctx, "session", "alice.0"); return err }},
		"Set of one":                  {2, func() error { return st.Set(ctx, new(store.DataSet).Put("session", "alice.0", value)) }},
		"Set of one through a Handle": {3, func() error { return through(st) }},
		"read-modify-write": {4, func() error {
			return st.Transaction(ctx, "alice.0", func(ctx context.Context, tx *store.Tx) error {
				if _, _, err := tx.Get(ctx, "session", "alice.0"); err != nil {
					return err
				}
				return tx.Set(ctx, new(store.DataSet).Put("session", "alice.0", value))
			})
		}},
	} {
		require.NoError(t, path.run(), name)
		got := testing.AllocsPerRun(500, func() { _ = path.run() })
		assert.LessOrEqual(t, got, path.want, name)
	}
}
