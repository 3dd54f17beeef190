package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// TestUndoneFromAbove holds that a nested transaction which was undone
// together with the one around it says so: its writes go nowhere.
func TestUndoneFromAbove(t *testing.T) {
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	defer st.Close()
	errOwn := errors.New("own")
	begun, undone, result := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var late error
	require.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
		err := tx.Transaction(ctx, "", func(ctx context.Context, middle *store.Tx) error {
			go func() {
				//famvet:ignore rerun how often and when it runs is what is tested
				result <- middle.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error {
					_ = in.Set(ctx, new(store.DataSet).Put("f", "before", nil))
					//famvet:ignore rerun how often and when it runs is what is tested
					close(begun)
					<-undone
					late = in.Set(ctx, new(store.DataSet).Put("f", "after", nil))
					return nil
				})
			}()
			<-begun
			return errOwn
		})
		require.ErrorIs(t, err, errOwn)
		//famvet:ignore rerun how often and when it runs is what is tested
		close(undone)
		require.ErrorIs(t, <-result, store.ErrTxDone)
		return tx.Set(ctx, new(store.DataSet).Put("f", "outer", nil))
	}))
	require.ErrorIs(t, late, store.ErrTxDone)
	var ids []string
	for r, err := range st.Scan(t.Context(), "f", "") {
		require.NoError(t, err)
		ids = append(ids, r.ID)
	}
	require.Equal(t, []string{"outer"}, ids)
}
