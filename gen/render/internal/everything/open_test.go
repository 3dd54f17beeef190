package everything_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// Two generated packages work on one store and commit in one transaction.
func TestTwoPackages(t *testing.T) {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	ctx := t.Context()
	keys, err := signalkeys.Open(ctx, s)
	require.NoError(t, err)
	mine, err := everything.Open(ctx, s)
	require.NoError(t, err)
	_, err = signalkeys.Open(ctx, s)
	require.NoError(t, err)

	id := signalkeys.SessionID{Name: "a"}
	both := func(fail error) error {
		return keys.Transaction(ctx, signalkeys.SessionLabel(id), func(ctx context.Context, tx *signalkeys.Tx) error {
			return errors.Join(
				tx.Sessions().Put(ctx, id, family.NewSecret(nil)),
				everything.NewTx(tx.Tx()).Ordered().Put(ctx, 1, true),
				fail)
		})
	}
	for _, fail := range []error{errors.New("no"), nil} {
		assert.Equal(t, fail == nil, both(fail) == nil)
		one, err := keys.Sessions().Has(ctx, id)
		require.NoError(t, err)
		other, err := mine.Ordered().Has(ctx, 1)
		require.NoError(t, err)
		assert.Equal(t, []bool{fail == nil, fail == nil}, []bool{one, other})
	}
	families, err := s.Families(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"ordered", "session"}, families, "the schema rows do not show")
}

// A family belongs to the package that claimed it first, in its namespace.
func TestAnotherPackageClaimsAFamily(t *testing.T) {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	ctx := t.Context()
	const other = "keyfam schema 2\nfamily device-list bytes {string}\nfamily mine bytes {string}\n"
	require.NoError(t, family.Open(ctx, s, "other", other))
	_, err = signalkeys.Open(ctx, s)
	require.ErrorIs(t, err, store.ErrSchema)
	assert.ErrorContains(t, err, "family device-list belongs to the package other")
	require.NoError(t, family.Open(ctx, s, "other", other))
	_, err = everything.Open(ctx, s)
	require.NoError(t, err, "other families are free")
	_, err = signalkeys.Open(ctx, s.Namespace("another"))
	require.NoError(t, err, "the claim is the namespace's")
	require.ErrorIs(t, family.Open(ctx, s.Namespace("another"), "other", other), store.ErrSchema)
}

// New works on a store whose schema Open refuses, and leaves it as it is.
func TestNewSkipsTheCheck(t *testing.T) {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	ctx := t.Context()
	const foreign = "keyfam schema 2\nfamily session bytes {uint32}\n"
	require.NoError(t, family.Open(ctx, s, "signalkeys", foreign))
	_, err = signalkeys.Open(ctx, s)
	require.ErrorIs(t, err, store.ErrSchema)
	r, id := signalkeys.New(s), signalkeys.SessionID{Name: "a"}
	require.NoError(t, r.Sessions().Put(ctx, id, family.NewSecret([]byte("s"))))
	ok, err := r.Sessions().Has(ctx, id)
	require.NoError(t, err)
	assert.True(t, ok)
	_, err = signalkeys.Open(ctx, s)
	require.ErrorIs(t, err, store.ErrSchema)
	require.NoError(t, family.Open(ctx, s, "signalkeys", foreign))
}
