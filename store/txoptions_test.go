package store_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
)

func TestTxOptionsOutOfRange(t *testing.T) {
	bubble(t, nil, func(t *testing.T, st *store.Store) {
		nothing := func(context.Context, *store.Tx) error { return nil }
		for name, o := range map[string]store.TxOptions{
			"MaxAttempts": {MaxAttempts: -1},
			"LabelWait":   {LabelWait: -time.Second, Labels: []string{"k"}},
		} {
			err := st.TransactionWith(t.Context(), o, nothing)
			require.ErrorIs(t, err, store.ErrInvalid)
			require.ErrorContains(t, err, name)
		}
		require.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
			for name, o := range map[string]store.TxOptions{
				"MaxAttempts": {MaxAttempts: 1},
				"LabelWait":   {LabelWait: time.Second, Labels: []string{"k"}},
			} {
				err := tx.TransactionWith(ctx, o, nothing)
				require.ErrorIs(t, err, store.ErrInvalid)
				require.ErrorContains(t, err, name)
			}
			return tx.TransactionWith(ctx, store.TxOptions{Labels: []string{"k", "", "j"}}, nothing)
		}))
	})
}

// The bounds of a transaction are its own, and replace the store's.
func TestTxOptionsReplaceTheStores(t *testing.T) {
	bubble(t, &store.Options{MaxAttempts: 3, LabelWait: time.Minute}, func(t *testing.T, st *store.Store) {
		runs := func(o store.TxOptions) (n int) {
			err := st.TransactionWith(t.Context(), o, func(ctx context.Context, tx *store.Tx) error {
				n++
				_ = count(ctx, tx, "n")
				//famvet:ignore outerhandle going around the transaction is what is tested
				return set(t.Context(), st, "n", strconv.Itoa(n))
			})
			require.ErrorIs(t, err, store.ErrConflict)
			return n
		}
		assert.Equal(t, 2, runs(store.TxOptions{MaxAttempts: 2}))
		assert.Equal(t, 3, runs(store.TxOptions{}))
		assert.Equal(t, 3, runs(store.TxOptions{LabelWait: time.Second}))

		require.NoError(t, st.Transaction(t.Context(), "k", func(ctx context.Context, tx *store.Tx) error {
			for o, want := range map[*store.TxOptions]string{
				{Labels: []string{"k"}, LabelWait: 3 * time.Second}: "waiting for a label for 3s",
				{Labels: []string{"k"}, MaxAttempts: 3}:             "waiting for a label for 1m0s",
			} {
				//famvet:ignore outerhandle going around the transaction is what is tested
				err := st.TransactionWith(t.Context(), *o, func(context.Context, *store.Tx) error { return nil })
				require.ErrorIs(t, err, store.ErrConflict)
				require.ErrorContains(t, err, want)
			}
			// The outermost transaction's bound holds for the labels of nested ones.
			//famvet:ignore outerhandle going around the transaction is what is tested
			err := st.TransactionWith(t.Context(), store.TxOptions{LabelWait: 2 * time.Second}, func(ctx context.Context, in *store.Tx) error {
				return in.Transaction(ctx, "k", func(context.Context, *store.Tx) error { return nil })
			})
			require.ErrorContains(t, err, "waiting for a label for 2s")
			return nil
		}))
	})
}
