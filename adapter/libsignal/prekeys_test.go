package libsignal

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/util/medium"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

func TestAccounts(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		_, err := Open(ctx, st)
		require.ErrorIs(t, err, ErrNoAccount)
		a, err := Create(ctx, st, nil)
		require.NoError(t, err)
		require.NotZero(t, a.Identity().RegistrationID)
		_, err = Create(ctx, st, nil)
		require.ErrorIs(t, err, ErrAccountExists)
		_, err = Create(ctx, st.Namespace("other"), &Identity{})
		require.ErrorIs(t, err, store.ErrInvalid)
		again, err := Open(ctx, st)
		require.NoError(t, err)
		require.Equal(t, a.Identity().RegistrationID, again.Identity().RegistrationID)
		require.Equal(t, a.Identity().KeyPair.PrivateKey().Serialize(), again.Identity().KeyPair.PrivateKey().Serialize())
		moved, err := Create(ctx, st.Namespace("moved"), new(a.Identity()))
		require.NoError(t, err)
		require.Equal(t, a.Identity().KeyPair.PublicKey().Serialize(), moved.Identity().KeyPair.PublicKey().Serialize())
	})
}

func TestPreKeyNumbers(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		a := newParty(t, st, "alice", 0)
		numbers := func(count int) (all []uint32) {
			made, err := a.NewPreKeys(ctx, count)
			require.NoError(t, err)
			for _, k := range made {
				all = append(all, k.ID().Value)
			}
			return all
		}
		// An account from elsewhere has keys and no counter.
		require.NoError(t, a.Keys().PreKeys().Put(ctx, 900, signalkeys.KeyPair{}))
		require.Equal(t, []uint32{901, 902}, numbers(2))
		require.NoError(t, a.Keys().PreKeys().DeleteMany(ctx, 900, 901, 902))
		require.Equal(t, []uint32{903}, numbers(1), "numbers do not come back")
		counter, _, err := a.local.KeyCounters().Get(ctx, selfID)
		require.NoError(t, err)
		counter.PreKey = maxKeyNumber
		require.NoError(t, a.local.KeyCounters().Put(ctx, selfID, counter))
		require.Equal(t, []uint32{maxKeyNumber, 1}, numbers(2))
		require.Less(t, maxKeyNumber, medium.MaxValue, "which libsignal does not use up")
		for i := range 3 {
			signed, err := a.NewSignedPreKey(ctx)
			require.NoError(t, err)
			require.Equal(t, uint32(i+1), signed.ID())
		}
		for _, count := range []int{-1, 0, int(maxKeyNumber) + 1} {
			refuses(t, a, store.ErrInvalid, func() error { _, err := a.NewPreKeys(ctx, count); return err })
		}
	})
}

// TestPreKeyNumbersInUse has keys stand where the counter is about to go: those
// are somebody's, and stay.
func TestPreKeyNumbersInUse(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		a := newParty(t, st, "alice", 0)
		numbers := func(count int) (all []uint32) {
			made, err := a.NewPreKeys(ctx, count)
			require.NoError(t, err)
			for _, k := range made {
				all = append(all, k.ID().Value)
			}
			return all
		}
		imported := signalkeys.KeyPair{Public: [32]byte{1}}
		require.Equal(t, []uint32{1, 2}, numbers(2))
		require.NoError(t, a.Keys().PreKeys().PutMany(ctx, map[signalkeys.PreKeyID]signalkeys.KeyPair{3: imported, 4: imported, 6: imported, signalkeys.PreKeyID(maxKeyNumber): imported}))
		require.Equal(t, []uint32{5, 7, 8}, numbers(3))
		counter, _, err := a.local.KeyCounters().Get(ctx, selfID)
		require.NoError(t, err)
		counter.PreKey, counter.SignedPreKey = maxKeyNumber-1, maxKeyNumber
		require.NoError(t, a.local.KeyCounters().Put(ctx, selfID, counter))
		require.Equal(t, []uint32{maxKeyNumber - 1, 9}, numbers(2), "the numbers have begun again")
		for _, number := range []signalkeys.PreKeyID{3, 4, 6, signalkeys.PreKeyID(maxKeyNumber)} {
			k, _, err := a.Keys().PreKeys().Get(ctx, number)
			require.NoError(t, err)
			require.Equal(t, imported.Public, k.Public)
		}

		require.NoError(t, a.local.SignedPreKeys().Put(ctx, 1, localkeys.SignedPreKey{Timestamp: 7}))
		for _, want := range []uint32{maxKeyNumber, 2} {
			signed, err := a.NewSignedPreKey(ctx)
			require.NoError(t, err)
			require.Equal(t, want, signed.ID())
		}
		first, _, err := a.local.SignedPreKeys().Get(ctx, 1)
		require.NoError(t, err)
		require.Equal(t, int64(7), first.Timestamp)
	})
}
