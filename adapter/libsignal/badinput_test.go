package libsignal

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/optional"
	"google.golang.org/protobuf/proto"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// contents is every record of a namespace, to compare.
func contents(t testing.TB, st *store.Store) map[string]string {
	all := map[string]string{}
	families, err := st.Families(ctx)
	require.NoError(t, err)
	for _, f := range families {
		for r, err := range st.Scan(ctx, f, "") {
			require.NoError(t, err)
			all[f+"/"+r.ID] = string(r.Value)
		}
	}
	return all
}

// refuses says that a call fails with the error and changes nothing.
func refuses(t testing.TB, p party, want error, call func() error) {
	t.Helper()
	st := p.Keys().(*signalkeys.Repo).Store()
	before := contents(t, st)
	err := call()
	require.ErrorIs(t, err, want)
	require.Equal(t, before, contents(t, st), "nothing has changed")
	for _, secret := range []string{"alice", "bob", "mallory", "120363"} {
		require.NotContains(t, err.Error(), secret)
	}
}

func (p party) refusesMessage(t testing.TB, from party, want error, m Message) {
	t.Helper()
	refuses(t, p, want, func() error {
		_, err := p.Decrypt(ctx, from.address, m)
		return err
	})
}

func TestBadMessages(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		m, err := alice.Encrypt(ctx, bob.address, []byte("text"))
		require.NoError(t, err)
		changed := func(change func(body []byte) []byte) Message {
			return Message{Body: change(bytes.Clone(m.Body))}
		}
		repacked := func(change func(p *serialize.SignalMessage)) Message {
			return changed(func(b []byte) []byte {
				var p serialize.SignalMessage
				require.NoError(t, proto.Unmarshal(b[1:len(b)-macBytes], &p))
				change(&p)
				inner, err := proto.Marshal(&p)
				require.NoError(t, err)
				return append(append([]byte{b[0]}, inner...), b[len(b)-macBytes:]...)
			})
		}
		tooFar := repacked(func(p *serialize.SignalMessage) { p.Counter = proto.Uint32(5000) })
		for name, c := range map[string]struct {
			m    Message
			want error
		}{
			"empty":               {Message{}, ErrBadMessage},
			"empty, pre-key":      {Message{PreKey: true}, ErrBadMessage},
			"short":               {Message{Body: []byte("3")}, ErrBadMessage},
			"old version":         {changed(func(b []byte) []byte { b[0] = '\x22'; return b }), ErrOldVersion},
			"new version":         {changed(func(b []byte) []byte { b[0] = '\x44'; return b }), ErrNewVersion},
			"of the wrong kind":   {Message{PreKey: true, Body: m.Body}, ErrBadMessage},
			"not a protobuf":      {changed(func(b []byte) []byte { b[1] = 0xff; return b }), ErrBadMessage},
			"MAC":                 {changed(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }), ErrUndecryptable},
			"short ratchet key":   {repacked(func(p *serialize.SignalMessage) { p.RatchetKey = p.RatchetKey[:32] }), ErrBadMessage},
			"long ratchet key":    {repacked(func(p *serialize.SignalMessage) { p.RatchetKey = append(p.RatchetKey, 0) }), ErrBadMessage},
			"type of ratchet key": {repacked(func(p *serialize.SignalMessage) { p.RatchetKey[0] = 6 }), ErrBadMessage},
			"other ratchet key":   {repacked(func(p *serialize.SignalMessage) { p.RatchetKey[9] ^= 1 }), ErrUndecryptable},
			"no ciphertext":       {repacked(func(p *serialize.SignalMessage) { p.Ciphertext = nil }), ErrBadMessage},
			"part of a block":     {repacked(func(p *serialize.SignalMessage) { p.Ciphertext = p.Ciphertext[:15] }), ErrBadMessage},
			"too far ahead":       {tooFar, ErrTooFarAhead},
		} {
			t.Run(name, func(t *testing.T) { bob.refusesMessage(t, alice, c.want, c.m) })
		}
		mallory := party{nil, Address{Name: "mallory"}}
		bob.refusesMessage(t, mallory, ErrNoSession, m)
		bob.refusesMessage(t, party{nil, Address{Name: "mallory.1"}}, store.ErrInvalid, m)
		hear(t, bob, alice, m, "text")
		bob.refusesMessage(t, alice, ErrDuplicateMessage, m)
		tell(t, bob, alice, "still there")

		// The same with a state before and one behind that of the message.
		require.NoError(t, bob.StartSession(ctx, alice.address, alice.bundle(t)))
		bob.refusesMessage(t, alice, ErrTooFarAhead, tooFar)
		require.NoError(t, bob.StartSession(ctx, alice.address, alice.bundle(t)))
		bob.refusesMessage(t, alice, ErrTooFarAhead, tooFar)
		bob.refusesMessage(t, alice, ErrDuplicateMessage, m)
		bob.refusesMessage(t, alice, ErrUndecryptable, repacked(func(p *serialize.SignalMessage) { p.Counter = proto.Uint32(1500) }))
		tell(t, alice, bob, "still there")
	})
}

// TestForgedFarMessage forges a message of a chain that has come far: in a state
// without that chain its number would be too far ahead, and in its own it is
// forged.
func TestForgedFarMessage(t *testing.T) {
	st := backends["memstore"](t, store.Options{})
	alice, bob := pair(t, st)
	for range 2 {
		for range maxGap / 2 {
			_, err := alice.Encrypt(ctx, bob.address, nil)
			require.NoError(t, err)
		}
		tell(t, alice, bob, "text")
	}
	m, err := alice.Encrypt(ctx, bob.address, nil)
	require.NoError(t, err)
	m.Body[len(m.Body)-1] ^= 1
	bob.refusesMessage(t, alice, ErrUndecryptable, m)
	require.NoError(t, bob.StartSession(ctx, alice.address, alice.bundle(t)))
	bob.refusesMessage(t, alice, ErrUndecryptable, m)
}

func TestBadFirstMessages(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
		m, err := alice.Encrypt(ctx, bob.address, []byte("text"))
		require.NoError(t, err)
		repacked := func(change func(p *serialize.PreKeySignalMessage)) Message {
			var p serialize.PreKeySignalMessage
			require.NoError(t, proto.Unmarshal(m.Body[1:], &p))
			change(&p)
			inner, err := proto.Marshal(&p)
			require.NoError(t, err)
			return Message{PreKey: true, Body: append([]byte{m.Body[0]}, inner...)}
		}
		for name, c := range map[string]struct {
			m    Message
			want error
		}{
			"unknown pre-key":        {repacked(func(p *serialize.PreKeySignalMessage) { p.PreKeyId = proto.Uint32(99) }), ErrUnknownPreKey},
			"unknown signed pre-key": {repacked(func(p *serialize.PreKeySignalMessage) { p.SignedPreKeyId = proto.Uint32(99) }), ErrUnknownSignedPreKey},
			"no signed pre-key":      {repacked(func(p *serialize.PreKeySignalMessage) { p.SignedPreKeyId = nil }), ErrBadMessage},
			"short base key":         {repacked(func(p *serialize.PreKeySignalMessage) { p.BaseKey = p.BaseKey[:20] }), ErrBadMessage},
			"empty identity":         {repacked(func(p *serialize.PreKeySignalMessage) { p.IdentityKey = []byte{} }), ErrBadMessage},
			"other identity":         {repacked(func(p *serialize.PreKeySignalMessage) { p.IdentityKey[5] ^= 1 }), ErrUndecryptable},
			"no message inside":      {repacked(func(p *serialize.PreKeySignalMessage) { p.Message = nil }), ErrBadMessage},
			"no one-time pre-key":    {repacked(func(p *serialize.PreKeySignalMessage) { p.PreKeyId = nil }), ErrUndecryptable},
		} {
			t.Run(name, func(t *testing.T) { bob.refusesMessage(t, alice, c.want, c.m) })
		}
		hear(t, bob, alice, m, "text")
		bob.refusesMessage(t, alice, ErrDuplicateMessage, m)
	})
}

// TestWrappedMessage puts a message of a session into a first message that
// nobody has authenticated: with a base key of its own, the sender's public
// identity and pre-keys that bob has published.
func TestWrappedMessage(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		bundle := bob.bundle(t)
		m, err := alice.Encrypt(ctx, bob.address, []byte("text"))
		require.NoError(t, err)
		wrap := func(change func(p *serialize.PreKeySignalMessage)) Message {
			random, err := ecc.GenerateKeyPair()
			require.NoError(t, err)
			p := &serialize.PreKeySignalMessage{
				RegistrationId: proto.Uint32(1),
				PreKeyId:       proto.Uint32(bundle.PreKeyID().Value),
				SignedPreKeyId: proto.Uint32(bundle.SignedPreKeyID()),
				BaseKey:        random.PublicKey().Serialize(),
				IdentityKey:    alice.Identity().KeyPair.PublicKey().Serialize(),
				Message:        m.Body,
			}
			change(p)
			inner, err := proto.Marshal(p)
			require.NoError(t, err)
			return Message{PreKey: true, Body: append([]byte{m.Body[0]}, inner...)}
		}
		bob.refusesMessage(t, alice, ErrUndecryptable, wrap(func(*serialize.PreKeySignalMessage) {}))
		bob.refusesMessage(t, alice, ErrUndecryptable, wrap(func(p *serialize.PreKeySignalMessage) { p.PreKeyId = nil }))
		hear(t, bob, alice, m, "text")
		tell(t, bob, alice, "still there")
	})
}

// TestFirstMessagesAgain delivers first messages of a session that is known by
// then, also when a later session stands before it.
func TestFirstMessagesAgain(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
		var first []Message
		for range 3 {
			m, err := alice.Encrypt(ctx, bob.address, []byte("text"))
			require.NoError(t, err)
			require.True(t, m.PreKey)
			first = append(first, m)
		}
		hear(t, bob, alice, first[2], "text")
		hear(t, bob, alice, first[0], "text")
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
		tell(t, alice, bob, "a later session")
		hear(t, bob, alice, first[1], "text")
		for _, m := range first {
			bob.refusesMessage(t, alice, ErrDuplicateMessage, m)
		}
		tell(t, bob, alice, "an answer")
	})
}

func TestUntrustedIdentity(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		// Somebody else takes the place of alice: installed anew, or an attacker.
		other := newParty(t, st, "mallory", 0)
		require.NoError(t, other.StartSession(ctx, bob.address, bob.bundle(t)))
		m, err := other.Encrypt(ctx, bob.address, []byte("me again"))
		require.NoError(t, err)
		bob.refusesMessage(t, alice, ErrUntrustedIdentity, m)
		bundle := other.bundle(t)
		refuses(t, bob, ErrUntrustedIdentity, func() error { return bob.StartSession(ctx, alice.address, bundle) })
		tell(t, alice, bob, "the old one still works")

		require.NoError(t, bob.Trust(ctx, alice.address, other.Identity().KeyPair.PublicKey()))
		refuses(t, bob, ErrUntrustedIdentity, func() error {
			_, err := bob.Encrypt(ctx, alice.address, nil)
			return err
		})
		hear(t, bob, alice, m, "me again")
		require.ErrorIs(t, bob.Trust(ctx, alice.address, nil), store.ErrInvalid)
	})
}

func TestBadBundles(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
		signed, err := bob.NewSignedPreKey(ctx)
		require.NoError(t, err)
		self := bob.Identity()
		build := func(signature [64]byte, key *identity.Key) *prekey.Bundle {
			return prekey.NewBundle(self.RegistrationID, 7, optional.NewEmptyUint32(), signed.ID(), nil, signed.KeyPair().PublicKey(), signature, key)
		}
		once := func(device uint32, id *optional.Uint32, key ecc.ECPublicKeyable) *prekey.Bundle {
			return prekey.NewBundle(self.RegistrationID, device, id, signed.ID(), key, signed.KeyPair().PublicKey(), signed.Signature(), self.KeyPair.PublicKey())
		}
		for _, c := range []struct {
			bundle *prekey.Bundle
			want   error
		}{
			{nil, store.ErrInvalid},
			{build(signed.Signature(), nil), store.ErrInvalid},
			{build([64]byte{1}, self.KeyPair.PublicKey()), ErrBadSignature},
			{build(signed.Signature(), alice.Identity().KeyPair.PublicKey()), ErrBadSignature},
			{prekey.NewBundle(1, 7, nil, 1, nil, nil, [64]byte{}, self.KeyPair.PublicKey()), ErrUnknownSignedPreKey},
			{build(signed.Signature(), identity.NewKey(nil)), store.ErrInvalid},
			{once(7, optional.NewOptionalUint32(1), nil), store.ErrInvalid},
			{once(7, optional.NewEmptyUint32(), signed.KeyPair().PublicKey()), store.ErrInvalid},
			{once(7, nil, signed.KeyPair().PublicKey()), store.ErrInvalid},
			{once(8, optional.NewEmptyUint32(), nil), store.ErrInvalid},
		} {
			refuses(t, alice, c.want, func() error { return alice.StartSession(ctx, bob.address, c.bundle) })
			refuses(t, alice, c.want, func() error {
				return alice.StartSessions(ctx, map[Address]*prekey.Bundle{bob.address: c.bundle})
			})
		}
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundleOf(signed, nil)), "one without a one-time key is fine")
		tell(t, alice, bob, "text")
	})
}

// TestPreKeyZero uses the one-time pre-key number 0, which is a number.
func TestPreKeyZero(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
		signed, err := bob.NewSignedPreKey(ctx)
		require.NoError(t, err)
		made, err := bob.NewPreKeys(ctx, 1)
		require.NoError(t, err)
		zero := record.NewPreKey(0, made[0].KeyPair(), wire.PreKeyRecord)
		require.NoError(t, bob.Protocol().StorePreKey(ctx, 0, zero))
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundleOf(signed, zero)))
		tell(t, alice, bob, "text")
		ok, err := bob.Protocol().ContainsPreKey(ctx, 0)
		require.NoError(t, err)
		require.False(t, ok, "it is used up")
		tell(t, bob, alice, "text")
	})
}

func TestBadGroupMessages(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		sender := GroupSender{Group: "120363@g.us", Name: "alice"}
		d, err := alice.ShareSenderKey(ctx, sender)
		require.NoError(t, err)
		for _, c := range []struct {
			body []byte
			want error
		}{
			{nil, ErrBadMessage},
			{[]byte{0x33}, ErrBadMessage},
			{append([]byte{0x23}, d[1:]...), ErrOldVersion},
			{append([]byte{0x43}, d[1:]...), ErrNewVersion},
			{d[:len(d)-1], ErrBadMessage},
		} {
			refuses(t, bob, c.want, func() error { return bob.AcceptSenderKey(ctx, sender, c.body) })
		}
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, d))
		m, err := alice.EncryptGroup(ctx, sender, []byte("text"))
		require.NoError(t, err)
		changed := func(at int) []byte {
			b := bytes.Clone(m)
			b[at] ^= 1
			return b
		}
		for _, c := range []struct {
			body []byte
			want error
		}{
			{nil, ErrBadMessage},
			{m[:60], ErrBadMessage},
			{m[1:], ErrOldVersion},
			{changed(2), ErrUnknownSenderKey},
			{changed(len(m) - 1), ErrBadSignature},
			{changed(len(m) - signatureBytes - 1), ErrBadSignature},
		} {
			refuses(t, bob, c.want, func() error {
				_, err := bob.DecryptGroup(ctx, sender, c.body)
				return err
			})
		}
		text, err := bob.DecryptGroup(ctx, sender, m)
		require.NoError(t, err)
		require.Equal(t, "text", string(text))
	})
}

// baileysSession and baileysSenderKey are the shapes that Baileys stores.
const (
	baileysSession   = `{"_sessions":{"BSo=":{"registrationId":1,"currentRatchet":{}}},"version":"v1"}`
	baileysSenderKey = `[{"senderKeyId":1,"senderChainKey":{"iteration":0,"seed":""}}]`
)

func TestBadRecords(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		sender := GroupSender{Group: "120363@g.us", Name: "alice"}
		d, err := alice.ShareSenderKey(ctx, sender)
		require.NoError(t, err)
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, d))
		m, err := alice.Encrypt(ctx, bob.address, []byte("text"))
		require.NoError(t, err)
		g, err := alice.EncryptGroup(ctx, sender, []byte("text"))
		require.NoError(t, err)
		session, _, err := bob.Keys().Sessions().Get(ctx, alice.address)
		require.NoError(t, err)
		key, _, err := bob.Keys().SenderKeys().Get(ctx, sender)
		require.NoError(t, err)

		for name, c := range map[string]struct {
			session, key []byte
			want         error
		}{
			"of Baileys":        {[]byte(baileysSession), []byte(baileysSenderKey), ErrForeignRecord},
			"JSON in quotes":    {[]byte(`"text"`), []byte(`"text"`), ErrForeignRecord},
			"of a newer schema": {append(bytes.Clone(session.Reveal()), 0xfa, 1, 0), append(bytes.Clone(key.Reveal()), 0xfa, 1, 0), ErrForeignRecord},
			"not a protobuf":    {[]byte{0xff}, []byte{0xff}, store.ErrCorrupt},
			"cut off":           {session.Reveal()[:50], key.Reveal()[:30], store.ErrCorrupt},
			"cut off by one":    {session.Reveal()[:len(session.Reveal())-1], key.Reveal()[:len(key.Reveal())-1], store.ErrCorrupt},
		} {
			t.Run(name, func(t *testing.T) {
				require.NoError(t, bob.Keys().Sessions().Put(ctx, alice.address, family.NewSecret(c.session)))
				require.NoError(t, bob.Keys().SenderKeys().Put(ctx, sender, family.NewSecret(c.key)))
				bob.refusesMessage(t, alice, c.want, m)
				refuses(t, bob, c.want, func() error { _, err := bob.Encrypt(ctx, alice.address, nil); return err })
				refuses(t, bob, c.want, func() error { _, err := bob.DecryptGroup(ctx, sender, g); return err })
				refuses(t, bob, c.want, func() error { _, err := bob.EncryptGroup(ctx, sender, nil); return err })
				refuses(t, bob, c.want, func() error { return bob.AcceptSenderKey(ctx, sender, d) })
				refuses(t, bob, c.want, func() error { return bob.StartSession(ctx, alice.address, alice.bundle(t)) })
			})
		}
		require.NoError(t, bob.Keys().Sessions().Put(ctx, alice.address, session))
		require.NoError(t, bob.Keys().SenderKeys().Put(ctx, sender, family.NewSecret(nil)))
		refuses(t, bob, ErrNoSenderKey, func() error { _, err := bob.DecryptGroup(ctx, sender, g); return err })
		require.NoError(t, bob.Keys().SenderKeys().Put(ctx, sender, key))
		hear(t, bob, alice, m, "text")
		_, err = bob.DecryptGroup(ctx, sender, g)
		require.NoError(t, err)

		require.NoError(t, bob.Keys().IdentityKeys().Put(ctx, signalkeys.IdentityKeyID(alice.address), make([]byte, 31)))
		refuses(t, bob, store.ErrCorrupt, func() error { _, err := bob.Encrypt(ctx, alice.address, nil); return err })
	})
}

// TestWrongLengths shortens each key of a session and of a sender key by a byte
// and lengthens it by one.
func TestWrongLengths(t *testing.T) {
	st := backends["memstore"](t, store.Options{})
	alice, bob := pair(t, st)
	late, err := alice.Encrypt(ctx, bob.address, nil)
	require.NoError(t, err)
	tell(t, alice, bob, "so that a message key is kept")
	require.NoError(t, bob.StartSession(ctx, alice.address, alice.bundle(t)), "and a pending pre-key, and an earlier state")
	sender := GroupSender{Group: "120363@g.us", Name: "bob"}
	_, err = bob.ShareSenderKey(ctx, sender)
	require.NoError(t, err)
	session, _, err := bob.Keys().Sessions().Get(ctx, alice.address)
	require.NoError(t, err)
	key, _, err := bob.Keys().SenderKeys().Get(ctx, sender)
	require.NoError(t, err)

	count := eachKey(t, session.Reveal(), &serialize.RecordStructure{}, func(data []byte) {
		_, err := decodeSession(data)
		require.ErrorIs(t, err, store.ErrCorrupt)
	})
	require.GreaterOrEqual(t, count, 2*20)
	count = eachKey(t, key.Reveal(), &serialize.SenderKeyRecordStructure{}, func(data []byte) {
		_, err := decodeSenderKey(data, none)
		require.ErrorIs(t, err, store.ErrCorrupt)
	})
	require.Equal(t, 2*3, count)
	hear(t, bob, alice, late, "")
}
