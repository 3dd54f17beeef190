package libsignal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// FuzzMessage gives any bytes to each function that takes what others sent. They
// may fail, but not panic, and what fails changes nothing.
func FuzzMessage(f *testing.F) {
	st := backends["memstore"](f, store.Options{})
	alice, bob := pair(f, st)
	sender := GroupSender{Group: "g", Name: "alice"}
	distribution, err := alice.ShareSenderKey(f.Context(), sender)
	require.NoError(f, err)
	m, err := alice.Encrypt(f.Context(), bob.address, []byte("text"))
	require.NoError(f, err)
	g, err := alice.EncryptGroup(f.Context(), sender, []byte("text"))
	require.NoError(f, err)
	stranger := newParty(f, st, "stranger", 0)
	require.NoError(f, stranger.StartSession(f.Context(), bob.address, bob.bundle(f)))
	first, err := stranger.Encrypt(f.Context(), bob.address, []byte("text"))
	require.NoError(f, err)
	for _, seed := range [][]byte{nil, m.Body, first.Body, g, distribution} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		space := st.Namespace("bob")
		for _, call := range []func() error{
			func() error { _, err := bob.Decrypt(ctx, alice.address, Message{Body: body}); return err },
			func() error {
				_, err := bob.Decrypt(ctx, stranger.address, Message{PreKey: true, Body: body})
				return err
			},
			func() error { return bob.AcceptSenderKey(ctx, sender, body) },
			func() error { _, err := bob.DecryptGroup(ctx, sender, body); return err },
		} {
			before := contents(t, space)
			if call() != nil {
				require.Equal(t, before, contents(t, space))
			}
		}
	})
}

// FuzzRecord puts any bytes where sessions and sender keys are stored.
func FuzzRecord(f *testing.F) {
	st := backends["memstore"](f, store.Options{})
	alice, bob := pair(f, st)
	sender := GroupSender{Group: "g", Name: "alice"}
	distribution, err := alice.ShareSenderKey(f.Context(), sender)
	require.NoError(f, err)
	require.NoError(f, bob.AcceptSenderKey(f.Context(), sender, distribution))
	m, err := alice.Encrypt(f.Context(), bob.address, []byte("text"))
	require.NoError(f, err)
	g, err := alice.EncryptGroup(f.Context(), sender, []byte("text"))
	require.NoError(f, err)
	session, _, err := bob.Keys().Sessions().Get(f.Context(), alice.address)
	require.NoError(f, err)
	key, _, err := bob.Keys().SenderKeys().Get(f.Context(), sender)
	require.NoError(f, err)
	for _, seed := range [][]byte{nil, session.Reveal(), key.Reveal(), []byte(baileysSession), []byte(baileysSenderKey)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		put := func() {
			require.NoError(t, bob.Keys().Sessions().Put(ctx, alice.address, family.NewSecret(data)))
			require.NoError(t, bob.Keys().SenderKeys().Put(ctx, sender, family.NewSecret(data)))
		}
		for _, call := range []func() error{
			func() error { _, err := bob.Decrypt(ctx, alice.address, m); return err },
			func() error { _, err := bob.Encrypt(ctx, alice.address, nil); return err },
			func() error { _, err := bob.DecryptGroup(ctx, sender, g); return err },
			func() error { _, err := bob.EncryptGroup(ctx, sender, nil); return err },
			func() error { return bob.AcceptSenderKey(ctx, sender, distribution) },
		} {
			put()
			before := contents(t, st.Namespace("bob"))
			if call() != nil {
				require.Equal(t, before, contents(t, st.Namespace("bob")))
			}
		}
	})
}
