package signalkeys_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/generated/signalkeys/signalkeystest"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// Updates from many goroutines under one transaction's own label, and without
// one, lose nothing.
func TestUpdatesAreNotLost(t *testing.T) {
	r, ctx := open(t), t.Context()
	id := signalkeys.SessionID{Name: "alice"}
	grow := func(v family.Secret, _ bool) (family.Secret, error) {
		return family.NewSecret(append(v.Reveal(), 'x')), nil
	}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			if i%2 == 0 {
				assert.NoError(t, r.Sessions().Update(ctx, id, grow))
				return
			}
			assert.NoError(t, r.Transaction(ctx, signalkeys.SessionLabel(id), func(ctx context.Context, tx *signalkeys.Tx) error {
				return tx.Sessions().Update(ctx, id, grow)
			}))
		})
	}
	wg.Wait()
	v, _, err := r.Sessions().Get(ctx, id)
	require.NoError(t, err)
	assert.Len(t, v.Reveal(), 32)
}

func TestUpdateError(t *testing.T) {
	r, ctx := open(t), t.Context()
	mine := errors.New("mine")
	err := r.PreKeys().Update(ctx, 1, func(signalkeys.KeyPair, bool) (signalkeys.KeyPair, error) {
		return signalkeys.KeyPair{}, mine
	})
	assert.Equal(t, mine, err, "unchanged")
	ok, err := r.PreKeys().Has(ctx, 1)
	require.NoError(t, err)
	assert.False(t, ok)
	require.ErrorIs(t, r.PreKeys().Update(ctx, 1, nil), store.ErrInvalid)
}

// A function over Families works outside and inside, and a nested error undoes
// only what was nested.
func TestFamiliesInsideAndOutside(t *testing.T) {
	r, ctx := open(t), t.Context()
	add := func(ctx context.Context, f signalkeys.Families, n signalkeys.PreKeyID) error {
		return f.Transaction(ctx, signalkeys.PreKeyLabel(n), func(ctx context.Context, tx *signalkeys.Tx) error {
			return tx.PreKeys().Put(ctx, n, pair(byte(n)))
		})
	}
	require.NoError(t, add(ctx, r, 1))
	assert.False(t, r.InTransaction(ctx))
	labels := []family.Label{signalkeys.PreKeyLabel(2), signalkeys.SessionLabel(signalkeys.SessionID{Name: "a"})}
	options := family.TxOptions{Labels: labels, MaxAttempts: 1, LabelWait: time.Minute}
	require.NoError(t, r.TransactionWith(ctx, options, func(ctx context.Context, tx *signalkeys.Tx) error {
		assert.True(t, tx.InTransaction(ctx))
		assert.True(t, r.InTransaction(ctx), "the outer handle")
		require.ErrorIs(t, tx.TransactionWith(ctx, options, nil), store.ErrInvalid)
		if err := add(ctx, tx, 2); err != nil {
			return err
		}
		nested := tx.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
			return errors.Join(tx.PreKeys().Put(ctx, 3, pair(3)), errors.New("no"))
		})
		require.Error(t, nested)
		//famvet:ignore outerhandle the mistake is made on purpose, to see it refused
		_, _, outer := r.PreKeys().Get(ctx, 1)
		require.ErrorIs(t, outer, store.ErrOuterHandle)
		return nil
	}))
	n, err := signalkeys.ViewValue(ctx, r, func(ctx context.Context, r *signalkeys.ReadTx) (int, error) { return r.PreKeys().Count(ctx) })
	require.NoError(t, err)
	assert.Equal(t, 2, n)
}

func TestTransactionValue(t *testing.T) {
	r, ctx := open(t), t.Context()
	got, err := signalkeys.TransactionValue(ctx, r, signalkeys.PreKeyLabel(1), func(ctx context.Context, tx *signalkeys.Tx) (string, error) {
		return "value", tx.PreKeys().Put(ctx, 1, pair(1))
	})
	require.NoError(t, err)
	assert.Equal(t, "value", got)
	mine := errors.New("mine")
	got, err = signalkeys.TransactionValue(ctx, r, nil, func(context.Context, *signalkeys.Tx) (string, error) { return "half", mine })
	assert.Equal(t, mine, err)
	assert.Empty(t, got)
	_, err = signalkeys.TransactionValue[int](ctx, r, nil, nil)
	require.ErrorIs(t, err, store.ErrInvalid)
	require.ErrorIs(t, r.View(ctx, nil), store.ErrInvalid)
}

// What users test with: conflicts rerun the callback, errors come through.
func TestFaults(t *testing.T) {
	r, faults := signalkeystest.Open(t, &store.Options{MaxAttempts: 5})
	ctx := t.Context()
	runs := 0
	put := func(ctx context.Context, tx *signalkeys.Tx) error {
		runs++
		_, _, err := tx.PreKeys().Get(ctx, 1)
		return errors.Join(err, tx.PreKeys().Put(ctx, 1, pair(1)))
	}
	faults.Conflict(2)
	require.NoError(t, r.Transaction(ctx, signalkeys.PreKeyLabel(1), put))
	assert.Equal(t, 3, runs)
	faults.Conflict(5)
	require.ErrorIs(t, r.Transaction(ctx, signalkeys.PreKeyLabel(1), put), store.ErrConflict)
	faults.Conflict(0)
	faults.FailReads(1, store.ErrUnavailable)
	_, _, err := r.PreKeys().Get(ctx, 1)
	require.ErrorIs(t, err, store.ErrUnavailable)
	faults.FailReads(1, store.ErrUnavailable)
	for _, err := range r.PreKeys().All(ctx) {
		require.ErrorIs(t, err, store.ErrUnavailable)
	}
	faults.FailCommits(1, store.ErrUnknownOutcome)
	require.ErrorIs(t, r.PreKeys().Put(ctx, 2, pair(2)), store.ErrUnknownOutcome)
	require.NoError(t, r.PreKeys().Put(ctx, 2, pair(2)))
}
