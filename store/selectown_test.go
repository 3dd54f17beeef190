package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// In both directions a scan shows what the transaction has made of a record,
// not what the backend has.
func TestSelectionShowsOwnWritesInBothDirections(t *testing.T) {
	st, err := store.New(t.Context(), memstore.NewDriver(), nil)
	require.NoError(t, err)
	defer st.Close()
	require.NoError(t, st.Set(t.Context(), new(store.DataSet).Put("f", "1", []byte("old")).Put("f", "2", []byte("old"))))
	require.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
		require.NoError(t, tx.Set(ctx, new(store.DataSet).Put("f", "1", []byte("new")).Delete("f", "2")))
		for _, s := range []store.Selection{tx.Select("f"), tx.Select("f").Reverse()} {
			var seen []string
			for r, err := range s.All(ctx) {
				require.NoError(t, err)
				seen = append(seen, r.ID+"="+string(r.Value))
			}
			require.Equal(t, []string{"1=new"}, seen)
		}
		return nil
	}))
}
