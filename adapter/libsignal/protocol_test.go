package libsignal

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	groups "go.mau.fi/libsignal/groups/state/record"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/keyhelper"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// onHandles runs a test of the protocol over repositories and inside a
// transaction, where another handle sees nothing of it.
func onHandles(t *testing.T, test func(t *testing.T, ctx context.Context, a party)) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		t.Run("repositories", func(t *testing.T) { test(t, ctx, newParty(t, st, "a", 0)) })
		t.Run("transaction", func(t *testing.T) {
			a := newParty(t, st, "b", 0)
			before := contents(t, st.Namespace("b"))
			err := a.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
				test(t, ctx, party{a.In(tx), a.address})
				return errChangedMind
			})
			require.ErrorIs(t, err, errChangedMind)
			require.Equal(t, before, contents(t, st.Namespace("b")))
		})
	})
}

func TestProtocolSessions(t *testing.T) {
	onHandles(t, func(t *testing.T, ctx context.Context, a party) {
		other := newParty(t, backends["memstore"](t, store.Options{}), "other", 0)
		p := a.Protocol()
		for _, address := range []Address{{Name: "x", Device: 3}, {Name: "x"}, {Name: "x", Device: 1}, {Name: "xy", Device: 2}} {
			other.address = address
			require.NoError(t, a.StartSession(ctx, address, other.bundle(t)))
		}
		devices, err := p.GetSubDeviceSessions(ctx, "x")
		require.NoError(t, err)
		require.Equal(t, []uint32{1, 3}, devices)
		x := protocol.NewSignalAddress("x", 3)
		ok, err := p.ContainsSession(ctx, x)
		require.NoError(t, err)
		require.True(t, ok)
		s, err := p.LoadSession(ctx, x)
		require.NoError(t, err)
		require.False(t, s.IsFresh())
		require.NoError(t, p.StoreSession(ctx, x, s))
		require.NoError(t, p.DeleteSession(ctx, x))
		ok, err = p.ContainsSession(ctx, x)
		require.NoError(t, err)
		require.False(t, ok)
		fresh, err := p.LoadSession(ctx, x)
		require.NoError(t, err)
		require.True(t, fresh.IsFresh())
		require.ErrorIs(t, p.StoreSession(ctx, x, fresh), store.ErrInvalid)
		require.ErrorIs(t, p.StoreSession(ctx, x, nil), store.ErrInvalid)
		_, err = p.GetSubDeviceSessions(ctx, "x.y")
		require.ErrorIs(t, err, store.ErrInvalid)
		require.NoError(t, p.DeleteAllSessions(ctx))
		missing, err := a.Missing(ctx, Address{Name: "x"}, Address{Name: "xy", Device: 2})
		require.NoError(t, err)
		require.Len(t, missing, 2)
	})
}

func TestProtocolKeys(t *testing.T) {
	onHandles(t, func(t *testing.T, ctx context.Context, a party) {
		p := a.Protocol()
		once, err := a.NewPreKeys(ctx, 2)
		require.NoError(t, err)
		k, err := p.LoadPreKey(ctx, 2)
		require.NoError(t, err)
		require.Equal(t, once[1].KeyPair().PrivateKey().Serialize(), k.KeyPair().PrivateKey().Serialize())
		require.Equal(t, once[1].KeyPair().PublicKey().Serialize(), k.KeyPair().PublicKey().Serialize())
		require.NoError(t, p.RemovePreKey(ctx, 2))
		ok, err := p.ContainsPreKey(ctx, 2)
		require.NoError(t, err)
		require.False(t, ok)
		k, err = p.LoadPreKey(ctx, 2)
		require.NoError(t, err)
		require.Nil(t, k)
		require.ErrorIs(t, p.StorePreKey(ctx, 2, nil), store.ErrInvalid)

		var made []*record.SignedPreKey
		for range 2 {
			signed, err := a.NewSignedPreKey(ctx)
			require.NoError(t, err)
			made = append(made, signed)
		}
		all, err := p.LoadSignedPreKeys(ctx)
		require.NoError(t, err)
		require.Len(t, all, 2)
		for i, signed := range all {
			require.Equal(t, made[i].ID(), signed.ID())
			require.Equal(t, made[i].Signature(), signed.Signature())
			require.Equal(t, made[i].Timestamp(), signed.Timestamp())
			require.Equal(t, made[i].KeyPair().PrivateKey().Serialize(), signed.KeyPair().PrivateKey().Serialize())
		}
		require.NoError(t, p.RemoveSignedPreKey(ctx, 1))
		ok, err = p.ContainsSignedPreKey(ctx, 1)
		require.NoError(t, err)
		require.False(t, ok)
		gone, err := p.LoadSignedPreKey(ctx, 1)
		require.NoError(t, err)
		require.Nil(t, gone)
		require.ErrorIs(t, p.StoreSignedPreKey(ctx, 1, nil), store.ErrInvalid)
	})
}

func TestProtocolIdentities(t *testing.T) {
	onHandles(t, func(t *testing.T, ctx context.Context, a party) {
		p, x := a.Protocol(), protocol.NewSignalAddress("x", 0)
		require.Equal(t, a.Identity().RegistrationID, p.GetLocalRegistrationID())
		require.Equal(t, a.Identity().KeyPair, p.GetIdentityKeyPair())
		one, err := keyhelper.GenerateIdentityKeyPair()
		require.NoError(t, err)
		other, err := keyhelper.GenerateIdentityKeyPair()
		require.NoError(t, err)
		trusted := func() (first, second bool) {
			first, err := p.IsTrustedIdentity(ctx, x, one.PublicKey())
			require.NoError(t, err)
			second, err = p.IsTrustedIdentity(ctx, x, other.PublicKey())
			require.NoError(t, err)
			return first, second
		}
		expect := func(wantOne, wantOther bool) {
			t.Helper()
			first, second := trusted()
			require.Equal(t, []bool{wantOne, wantOther}, []bool{first, second})
		}
		expect(true, true)
		require.NoError(t, p.SaveIdentity(ctx, x, one.PublicKey()))
		expect(true, false)
		// As some clients store it; what came is kept.
		bare := one.PublicKey().Serialize()[1:]
		require.NoError(t, a.Keys().IdentityKeys().Put(ctx, signalkeys.IdentityKeyID{Name: "x"}, bare))
		require.NoError(t, p.SaveIdentity(ctx, x, one.PublicKey()))
		stored, _, err := a.Keys().IdentityKeys().Get(ctx, signalkeys.IdentityKeyID{Name: "x"})
		require.NoError(t, err)
		require.Equal(t, bare, stored)
		expect(true, false)
		require.NoError(t, p.SaveIdentity(ctx, x, other.PublicKey()))
		expect(false, true)
	})
}

func TestProtocolSenderKeys(t *testing.T) {
	onHandles(t, func(t *testing.T, ctx context.Context, a party) {
		p, name := a.Protocol(), protocol.NewSenderKeyName("g", protocol.NewSignalAddress("x", 2))
		s, err := p.LoadSenderKey(ctx, name)
		require.NoError(t, err)
		require.True(t, s.IsEmpty())
		require.NoError(t, p.StoreSenderKey(ctx, name, s))
		stored, ok, err := a.Keys().SenderKeys().Get(ctx, GroupSender{Group: "g", Name: "x", Device: 2})
		require.NoError(t, err)
		require.True(t, ok, "an empty record is a record")
		require.Empty(t, stored.Reveal())
		signing, err := keyhelper.GenerateSenderSigningKey()
		require.NoError(t, err)
		s = groups.NewSenderKey(wire.SenderKeyRecord, wire.SenderKeyState)
		s.SetSenderKeyState(7, 3, keyhelper.GenerateSenderKey(), signing)
		require.NoError(t, p.StoreSenderKey(ctx, name, s))
		loaded, err := p.LoadSenderKey(ctx, name)
		require.NoError(t, err)
		require.Equal(t, s.Serialize(), loaded.Serialize())
		require.ErrorIs(t, p.StoreSenderKey(ctx, name, nil), store.ErrInvalid)
	})
}

// TestLibsignalsOwnCipher talks with a party that uses libsignal's ciphers, on the
// protocol of a transaction, in place of Encrypt and Decrypt.
func TestLibsignalsOwnCipher(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
		cipher := func(use func(ctx context.Context, c *session.Cipher) error) {
			require.NoError(t, bob.Keys().Transaction(ctx, signalkeys.SessionLabel(alice.address), func(ctx context.Context, tx *signalkeys.Tx) error {
				address := addressOf(alice.address)
				b := session.NewBuilderFromSignal(bob.In(tx).Protocol(), address, wire)
				return use(ctx, session.NewCipher(b, address))
			}))
		}
		for i := range 6 {
			m, err := alice.Encrypt(ctx, bob.address, []byte("to libsignal"))
			require.NoError(t, err)
			cipher(func(ctx context.Context, c *session.Cipher) error {
				in, err := parse(m)
				require.NoError(t, err)
				var plain []byte
				if in.preKey != nil {
					plain, err = c.DecryptMessage(ctx, in.preKey)
				} else {
					plain, err = c.Decrypt(ctx, in.inner)
				}
				require.Equal(t, "to libsignal", string(plain))
				return err
			})
			if i < 2 {
				continue // first messages without an answer
			}
			var answer protocol.CiphertextMessage
			cipher(func(ctx context.Context, c *session.Cipher) (err error) {
				answer, err = c.Encrypt(ctx, []byte("from libsignal"))
				return err
			})
			hear(t, alice, bob, Message{Body: answer.Serialize()}, "from libsignal")
		}
	})
}
