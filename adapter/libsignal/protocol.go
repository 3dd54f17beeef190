package libsignal

import (
	"context"
	"fmt"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	signal "go.mau.fi/libsignal/state/store"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
)

// Protocol is libsignal's SignalProtocol over a store: made of the handles of a
// transaction it reads and writes with the transaction, made of repositories
// each call is one operation of its own. [Account] uses it, and is what most
// programs want: libsignal's ciphers read, compute and write, which loses
// messages unless all of it is one transaction.
//
// Errors: those of package store, [ErrForeignRecord]. Absent keys are nil, as
// libsignal has it.
type Protocol struct {
	keys       signalkeys.Families
	local      localkeys.Families
	self       hidden.Pointer[Identity] // holds the private key
	serializer *serialize.Serializer
}

var _ signal.SignalProtocol = (*Protocol)(nil)

// Identity is who an account is to others.
type Identity struct {
	KeyPair        *identity.KeyPair
	RegistrationID uint32
}

// NewProtocol returns the protocol of the account self over two repositories,
// or two handles of one transaction. The serializer is that of the records it
// hands out and of messages; nil means [serialize.NewProtoBufSerializer]. What
// is stored does not depend on it.
func NewProtocol(keys signalkeys.Families, local localkeys.Families, self Identity, s *serialize.Serializer) *Protocol {
	quieten()
	if s == nil {
		s = wire
	}
	return &Protocol{keys, local, hidden.To(&self), s}
}

// wire writes messages the way all clients do.
var wire = serialize.NewProtoBufSerializer()

// GetIdentityKeyPair is the key pair that the protocol was made with.
func (p *Protocol) GetIdentityKeyPair() *identity.KeyPair { return p.self.Get().KeyPair }

// GetLocalRegistrationID is the number that the protocol was made with.
func (p *Protocol) GetLocalRegistrationID() uint32 { return p.self.Get().RegistrationID }

// SaveIdentity stores the identity key of another if it is not the one stored:
// libsignal saves it with every message.
func (p *Protocol) SaveIdentity(ctx context.Context, address *protocol.SignalAddress, key *identity.Key) error {
	if !isKey(key) {
		return inFamily("encode", signalkeys.IdentityKeyFamily, errIncomplete)
	}
	known, ok, err := p.identityOf(ctx, idOf(address))
	if err != nil || ok && known == key.PublicKey().PublicKey() {
		return err
	}
	return p.keys.IdentityKeys().Put(ctx, signalkeys.IdentityKeyID(idOf(address)), key.Serialize())
}

// IsTrustedIdentity reports whether the key is the one stored for the address,
// or the first one that comes.
func (p *Protocol) IsTrustedIdentity(ctx context.Context, address *protocol.SignalAddress, key *identity.Key) (bool, error) {
	if !isKey(key) {
		return false, inFamily("get", signalkeys.IdentityKeyFamily, errIncomplete)
	}
	known, ok, err := p.identityOf(ctx, idOf(address))
	return err == nil && (!ok || known == key.PublicKey().PublicKey()), err
}

// trust is both for a key as messages have it: it stores the first key that
// comes, and any other than that is [ErrUntrustedIdentity].
func (p *Protocol) trust(ctx context.Context, who Address, key []byte) error {
	known, ok, err := p.identityOf(ctx, who)
	switch {
	case err != nil:
		return err
	case !ok:
		return p.keys.IdentityKeys().Put(ctx, signalkeys.IdentityKeyID(who), key)
	case known != [keyBytes]byte(key[1:]):
		return ErrUntrustedIdentity
	}
	return nil
}

// identityOf is the identity key stored for an address. Some clients keep it
// without the type in front.
func (p *Protocol) identityOf(ctx context.Context, who Address) (key [keyBytes]byte, ok bool, err error) {
	stored, ok, err := p.keys.IdentityKeys().Get(ctx, signalkeys.IdentityKeyID(who))
	if err != nil || !ok {
		return key, false, err
	}
	if isPoint(stored) {
		stored = stored[1:]
	}
	if len(stored) != keyBytes {
		return key, false, inFamily("decode", signalkeys.IdentityKeyFamily, malformed("the length of the key"))
	}
	return [keyBytes]byte(stored), true, nil
}

// inFamily names the family of a record that has no stored form, or whose
// stored form cannot be read.
func inFamily(op, family string, err error) error {
	return &store.Error{Op: op, Family: family, Err: err}
}

// idOf is the id of an address in the families.
func idOf(a *protocol.SignalAddress) Address { return Address{Name: a.Name(), Device: a.DeviceID()} }

// addressOf is the reverse of idOf.
func addressOf(a Address) *protocol.SignalAddress { return protocol.NewSignalAddress(a.Name, a.Device) }

// keyPair is a key pair of libsignal.
func keyPair(public, private [keyBytes]byte) *ecc.ECKeyPair {
	return ecc.NewECKeyPair(ecc.NewDjbECPublicKey(public), ecc.NewDjbECPrivateKey(private))
}

var errIncomplete = fmt.Errorf("%w: the record is not complete", store.ErrInvalid)

// isKey reports whether an identity key of libsignal holds one.
func isKey(k *identity.Key) bool { return k != nil && k.PublicKey() != nil }

// isPair reports whether a key pair of libsignal holds both halves.
func isPair(k *ecc.ECKeyPair) bool {
	return k != nil && k.PublicKey() != nil && k.PrivateKey() != nil
}
