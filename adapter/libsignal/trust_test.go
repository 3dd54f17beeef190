package libsignal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/keys/prekey"

	"github.com/keyfam/keyfam/store"
)

// device is an address of a user with its installations, each with an identity of
// its own, of which the world sees one at a time.
type device struct {
	address  Address
	installs []party
	now      int // the installation whose key is trusted, -1 before the first
}

func (d *device) party() party { return d.installs[max(d.now, 0)] }

// devices are phones, companions and LIDs of two users.
func devices(t testing.TB, st *store.Store) []*device {
	var all []*device
	for i, address := range []Address{{Name: "bob"}, {Name: "bob", Device: 7}, {Name: "bob_1"}, {Name: "carol_1", Device: 7}} {
		d := &device{address: address, now: -1}
		for install := range 3 {
			a, err := Create(ctx, st.Namespace(fmt.Sprintf("%d-%d", i, install)), nil)
			require.NoError(t, err)
			d.installs = append(d.installs, party{a, address})
		}
		all = append(all, d)
	}
	return all
}

// talk is the loop of the documentation: Missing, StartSessions, EncryptMany.
// It wants every device to decrypt, and Missing to be right about all of them.
func talk(t testing.TB, alice party, all []*device, text string) {
	t.Helper()
	addresses, texts, byAddress := []Address{}, map[Address][]byte{}, map[Address]*device{}
	for _, d := range all {
		addresses = append(addresses, d.address)
		texts[d.address] = []byte(text)
		byAddress[d.address] = d
	}
	missing, err := alice.Missing(ctx, addresses...)
	require.NoError(t, err)
	bundles := map[Address]*prekey.Bundle{}
	for _, d := range all {
		if slices.Contains(missing, d.address) {
			bundles[d.address] = d.party().bundle(t)
			_, err := alice.Encrypt(ctx, d.address, nil)
			require.True(t, errors.Is(err, ErrNoSession) || errors.Is(err, ErrUntrustedIdentity), "%v", err)
		}
	}
	if len(missing) > 0 {
		_, err := alice.EncryptMany(ctx, texts)
		var of *DeviceError
		require.ErrorAs(t, err, &of)
		require.Contains(t, missing, of.Address)
	}
	require.NoError(t, alice.StartSessions(ctx, bundles))
	missing, err = alice.Missing(ctx, addresses...)
	require.NoError(t, err)
	require.Empty(t, missing)
	messages, err := alice.EncryptMany(ctx, texts)
	require.NoError(t, err)
	for address, m := range messages {
		hear(t, byAddress[address].party(), alice, m, text)
		byAddress[address].now = max(byAddress[address].now, 0)
	}
}

// The documented loop recovers from every change of identities: before there is a
// session, while it is pending and when both sides have used it, of one device or
// of several, to a new key and back to an old one, and through first messages of
// the other side.
func TestMissingAfterChangedIdentities(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		r, steps := random(t), 60
		if os.Getenv("KEYFAM_SOAK") != "" {
			steps = 3000
		}
		alice, all := newParty(t, st, "alice", 0), devices(t, st)
		changes := map[string]int{}
		for step := range steps {
			for range r.IntN(4) {
				change(t, alice, all[r.IntN(len(all))], r, changes)
			}
			talk(t, alice, all, fmt.Sprint("text ", step))
		}
		t.Logf("%d conversations, %v", steps, changes)
	})
}

// change does one thing with a device.
func change(t testing.TB, alice party, d *device, r *rand.Rand, changes map[string]int) {
	switch what := r.IntN(4); {
	case what < 2: // another installation, or the same once more
		d.now = r.IntN(len(d.installs))
		changes["trusted"]++
		require.NoError(t, alice.Trust(ctx, d.address, d.party().Identity().KeyPair.PublicKey()))
	case what == 2 && d.now >= 0: // it writes first
		changes["written to"]++
		require.NoError(t, d.party().StartSession(ctx, alice.address, alice.bundle(t)))
		tell(t, d.party(), alice, "first")
	case what == 3 && d.now >= 0: // it answers, if it can
		if missing, err := alice.Missing(ctx, d.address); err == nil && len(missing) == 0 {
			changes["answered"]++
			tell(t, alice, d.party(), "question")
			tell(t, d.party(), alice, "answer")
		}
	}
}

// A group's members get the sender key through the same loop.
func TestGroupAfterAChangedIdentity(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, all := newParty(t, st, "alice", 0), devices(t, st)
		own := GroupSender{Group: "g", Name: "alice"}
		talk(t, alice, all, "hello")
		for _, install := range []int{1, 0} {
			for _, d := range all[:3] {
				d.now = install
				require.NoError(t, alice.Trust(ctx, d.address, d.party().Identity().KeyPair.PublicKey()))
			}
			distribution, err := alice.RotateSenderKey(ctx, own)
			require.NoError(t, err)
			talk(t, alice, all, string(distribution))
			m, err := alice.EncryptGroup(ctx, own, []byte("all"))
			require.NoError(t, err)
			for _, d := range all {
				require.NoError(t, d.party().AcceptSenderKey(ctx, own, distribution))
				text, err := d.party().DecryptGroup(ctx, own, m)
				require.NoError(t, err)
				require.Equal(t, "all", string(text))
			}
		}
	})
}

// Missing names just the addresses that do not fit, in their order, and changes
// nothing.
func TestMissingNamesChangedIdentitiesOnly(t *testing.T) {
	st := backends["memstore"](t, store.Options{})
	alice, all := newParty(t, st, "alice", 0), devices(t, st)
	talk(t, alice, all, "hello")
	key := func(d *device, install int) error {
		return alice.Trust(ctx, d.address, d.installs[install].Identity().KeyPair.PublicKey())
	}
	missing := func() []Address {
		found, err := alice.Missing(ctx, all[3].address, Address{Name: "nobody"}, all[2].address, all[1].address, all[0].address)
		require.NoError(t, err)
		return found
	}
	require.Equal(t, []Address{{Name: "nobody"}}, missing())
	require.NoError(t, key(all[0], 1))
	require.NoError(t, key(all[2], 2))
	require.Equal(t, []Address{{Name: "nobody"}, all[2].address, all[0].address}, missing())
	require.NoError(t, key(all[0], 0))
	require.NoError(t, key(all[2], 0))
	require.Equal(t, []Address{{Name: "nobody"}}, missing(), "the old keys are trusted again")
	// Some clients keep keys without the type in front.
	raw := all[1].party().Identity().KeyPair.PublicKey().Serialize()[1:]
	damageIdentity(t, alice, all[1].address, raw)
	require.Equal(t, []Address{{Name: "nobody"}}, missing())
	// Damage is not what a bundle mends: Encrypt says so.
	damageIdentity(t, alice, all[1].address, raw[1:])
	require.Equal(t, []Address{{Name: "nobody"}}, missing())
	refuses(t, alice, store.ErrCorrupt, func() error { _, err := alice.Encrypt(ctx, all[1].address, nil); return err })
}

func damageIdentity(t testing.TB, a party, of Address, key []byte) {
	t.Helper()
	var ds store.DataSet
	require.NoError(t, a.home.Set(ctx, ds.Put("identity-key", of.String(), key)))
}
