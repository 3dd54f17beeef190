package libsignal

import (
	"context"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/optional"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

var seed = flag.Uint64("keyfam.seed", 0, "seed of the random tests; 0 draws one")

// random is a source whose seed a failing test prints.
func random(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("-keyfam.seed=%d", s)
		}
	})
	return rand.New(rand.NewPCG(s, 0))
}

// backends are what every test of behaviour runs on.
var backends = map[string]func(t testing.TB, o store.Options) *store.Store{
	"memstore": func(t testing.TB, o store.Options) *store.Store {
		st, err := memstore.Open(t.Context(), &o)
		require.NoError(t, err)
		return closing(t, st)
	},
	"pebblestore": func(t testing.TB, o store.Options) *store.Store {
		st, err := pebblestore.Open(t.Context(), filepath.Join(t.TempDir(), "store"), &pebblestore.Options{Store: o})
		require.NoError(t, err)
		return closing(t, st)
	},
}

func closing(t testing.TB, st *store.Store) *store.Store {
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

// onBackends runs a test on each backend.
func onBackends(t *testing.T, test func(t *testing.T, st *store.Store)) {
	for name, open := range backends {
		t.Run(name, func(t *testing.T) { test(t, open(t, store.Options{})) })
	}
}

// party is an account with the address that others know it by.
type party struct {
	*Account
	address Address
}

func newParty(t testing.TB, st *store.Store, name string, device uint32) party {
	a, err := Create(t.Context(), st.Namespace(name), nil)
	require.NoError(t, err)
	return party{a, Address{Name: name, Device: device}}
}

// bundle is what the party publishes: a signed pre-key, and a one-time one.
func (p party) bundle(t testing.TB) *prekey.Bundle {
	signed, err := p.NewSignedPreKey(t.Context())
	require.NoError(t, err)
	once, err := p.NewPreKeys(t.Context(), 1)
	require.NoError(t, err)
	return p.bundleOf(signed, once[0])
}

func (p party) bundleOf(signed *record.SignedPreKey, once *record.PreKey) *prekey.Bundle {
	var id *optional.Uint32
	var public ecc.ECPublicKeyable
	if id = optional.NewEmptyUint32(); once != nil {
		id, public = once.ID(), once.KeyPair().PublicKey()
	}
	return prekey.NewBundle(p.Identity().RegistrationID, p.address.Device, id, signed.ID(), public,
		signed.KeyPair().PublicKey(), signed.Signature(), p.Identity().KeyPair.PublicKey())
}

// pair is two parties of one store that have a session.
func pair(t testing.TB, st *store.Store) (alice, bob party) {
	alice, bob = newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
	require.NoError(t, alice.StartSession(t.Context(), bob.address, bob.bundle(t)))
	tell(t, alice, bob, "hello")
	tell(t, bob, alice, "hello yourself")
	return alice, bob
}

// tell sends one text.
func tell(t testing.TB, from, to party, text string) {
	t.Helper()
	m, err := from.Encrypt(t.Context(), to.address, []byte(text))
	require.NoError(t, err)
	hear(t, to, from, m, text)
}

// hear receives one message and compares the text.
func hear(t testing.TB, to, from party, m Message, want string) {
	t.Helper()
	got, err := to.Decrypt(t.Context(), from.address, m)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

var ctx = context.Background()

// TestMigration goes on with an account whose sessions and sender keys Baileys
// has written.
func TestMigration(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		carol := newParty(t, st, "carol", 2)
		sender := GroupSender{Group: "g", Name: "alice"}
		require.NoError(t, alice.Keys().Sessions().Put(ctx, carol.address, family.NewSecret([]byte(baileysSession))))
		require.NoError(t, alice.Keys().SenderKeys().Put(ctx, sender, family.NewSecret([]byte(baileysSenderKey))))
		missing, err := alice.Missing(ctx, bob.address, carol.address)
		require.NoError(t, err)
		require.Equal(t, []Address{carol.address}, missing, "a session of another library is none")
		refuses(t, alice, ErrForeignRecord, func() error {
			return alice.StartSessions(ctx, map[Address]*prekey.Bundle{carol.address: carol.bundle(t)})
		})
		refuses(t, alice, ErrForeignRecord, func() error { _, err := alice.ShareSenderKey(ctx, sender); return err })

		forgotten, err := alice.ForgetForeign(ctx)
		require.NoError(t, err)
		require.Equal(t, 2, forgotten)
		require.NoError(t, alice.StartSession(ctx, carol.address, carol.bundle(t)))
		tell(t, alice, carol, "text")
		tell(t, alice, bob, "the other session is still there")
		_, err = alice.ShareSenderKey(ctx, sender)
		require.NoError(t, err)
		forgotten, err = alice.ForgetForeign(ctx)
		require.NoError(t, err)
		require.Zero(t, forgotten)
	})
}

// TestNothingGiven gives keys that hold none to everything that takes one.
func TestNothingGiven(t *testing.T) {
	st := backends["memstore"](t, store.Options{})
	a := newParty(t, st, "alice", 0)
	p, key, private := a.Protocol(), a.Identity().KeyPair.PublicKey(), a.Identity().KeyPair.PrivateKey()
	x, address := Address{Name: "x"}, protocol.NewSignalAddress("x", 0)
	for _, pair := range []*identity.KeyPair{
		nil, {}, identity.NewKeyPair(nil, private), identity.NewKeyPair(identity.NewKey(nil), private), identity.NewKeyPair(key, nil),
	} {
		_, err := Create(ctx, st.Namespace("other"), &Identity{KeyPair: pair})
		require.ErrorIs(t, err, store.ErrInvalid)
	}
	for _, none := range []*identity.Key{nil, {}} {
		refuses(t, a, store.ErrInvalid, func() error { return a.Trust(ctx, x, none) })
		refuses(t, a, store.ErrInvalid, func() error { return p.SaveIdentity(ctx, address, none) })
		refuses(t, a, store.ErrInvalid, func() error { _, err := p.IsTrustedIdentity(ctx, address, none); return err })
	}
	for _, none := range []*record.PreKey{nil, {}} {
		refuses(t, a, store.ErrInvalid, func() error { return p.StorePreKey(ctx, 1, none) })
	}
	for _, none := range []*record.SignedPreKey{nil, {}} {
		refuses(t, a, store.ErrInvalid, func() error { return p.StoreSignedPreKey(ctx, 1, none) })
	}
	for _, none := range []*record.Session{nil, {}} {
		refuses(t, a, store.ErrInvalid, func() error { return p.StoreSession(ctx, address, none) })
	}
}
