package libsignal

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// markedIdentity has a private key that is a marker.
func markedIdentity() *Identity {
	pair, _ := ecc.GenerateKeyPair()
	return &Identity{
		KeyPair:        identity.NewKeyPair(identity.NewKey(pair.PublicKey()), ecc.NewDjbECPrivateKey(markers.Bytes32())),
		RegistrationID: 7,
	}
}

// TestNothingShows plants markers as namespace, private key, address and text.
func TestNothingShows(t *testing.T) {
	st := backends["memstore"](t, store.Options{}).Namespace(markers.Text("namespace"))
	self := markedIdentity()
	account, err := Create(ctx, st, self)
	require.NoError(t, err)
	p := markers.Package{Dir: ".", Exempt: map[string]string{
		"Message":     "what goes over the wire",
		"Identity":    "an exported field holds libsignal's own key pair: see TestIdentityIsRedacted",
		"DeviceError": "an exported field says which device: see TestErrorsNameNoDevice",
	}}
	require.NoError(t, signalkeys.New(st).Transaction(ctx, label(), func(_ context.Context, tx *signalkeys.Tx) error {
		p.Values = map[string][]any{"Account": {account, account.In(tx)}, "Protocol": {account.Protocol(), account.In(tx).Protocol()}}
		assert.Positive(t, markers.Check(t, p))
		return nil
	}))
	for _, err := range accountErrors(t, account) {
		markers.Search(t, "error", err)
	}
}

// TestIdentityIsRedacted covers what an Identity can decide itself.
func TestIdentityIsRedacted(t *testing.T) {
	assertShowsNothing(t, *markedIdentity())
	assertShowsNothing(t, markedIdentity())
}

// TestErrorsNameNoDevice covers what a DeviceError can decide itself.
func TestErrorsNameNoDevice(t *testing.T) {
	assertShowsNothing(t, &DeviceError{Address{Name: markers.Text("address")}, ErrNoSession})
}

func assertShowsNothing(t *testing.T, v any) {
	t.Helper()
	for _, s := range markers.Methods() {
		assert.Empty(t, markers.Find(s.Print(v)), s.Name)
	}
}

// accountErrors are errors of an account about a marked address.
func accountErrors(t *testing.T, a *Account) (errs []error) {
	to := Address{Name: markers.Text("address")}
	text := []byte(markers.Text("plaintext"))
	_, one := a.Encrypt(ctx, to, text)
	_, bad := a.Encrypt(ctx, Address{Name: to.Name + "."}, text)
	_, body := a.Decrypt(ctx, to, Message{Body: text})
	_, setup := a.Decrypt(ctx, to, Message{PreKey: true, Body: text})
	_, group := a.DecryptGroup(ctx, GroupSender{Group: markers.Text("group")}, text)
	_, again := Create(ctx, a.home, nil)
	for i, err := range []error{one, bad, body, setup, group, again, a.AcceptSenderKey(ctx, GroupSender{Group: markers.Text("group")}, text)} {
		require.Error(t, err, "%d", i)
		var device *DeviceError
		if !errors.As(err, &device) {
			errs = append(errs, err)
		}
	}
	return errs
}

func label() family.Label { return signalkeys.SessionLabel(Address{Name: markers.Text("label")}) }

// TestLocalKeysShowNothing searches the generated package of this module.
func TestLocalKeysShowNothing(t *testing.T) {
	st := backends["memstore"](t, store.Options{}).Namespace(markers.Text("namespace"))
	r, err := localkeys.Open(ctx, st)
	require.NoError(t, err)
	secret := localkeys.NewSecret32(markers.Bytes32())
	var reads localkeys.Reads
	reads.SignedPreKeys().Get(1)
	var b localkeys.Batch
	b.LocalIdentities().Put("self", localkeys.LocalIdentity{Private: secret})
	require.NoError(t, r.Apply(ctx, &b))
	require.NoError(t, r.Transaction(ctx, label(), func(_ context.Context, tx *localkeys.Tx) error {
		values := markers.Accessors(r, tx, r.ReadOnly())
		maps.Copy(values, map[string][]any{
			"Repo": {r}, "Tx": {tx}, "ReadTx": {tx.ReadOnly()}, "Batch": {b}, "Reads": {reads, &reads}, "Secret32": {secret},
			"LocalIdentity": {localkeys.LocalIdentity{Private: secret}}, "SignedPreKey": {localkeys.SignedPreKey{Private: secret}},
		})
		markers.Check(t, markers.Package{Dir: "localkeys", Values: values, Exempt: map[string]string{
			"Families": "an interface", "Exhaustive": "an interface", "KeyCounter": "a number",
			"KeyCounterID": "an id prints its text", "LocalIdentityID": "an id prints its text", "SignedPreKeyID": "an id prints its text",
		}})
		return nil
	}))
}
