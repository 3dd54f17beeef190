package libsignal

import (
	"context"
	"maps"
	"slices"

	"go.mau.fi/libsignal/cipher"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/kdf"
	"go.mau.fi/libsignal/keys/chain"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

// Encrypt encrypts a text for one device.
//
// Errors: [ErrNoSession], see [Account.StartSession]; [ErrUntrustedIdentity].
func (a *Account) Encrypt(ctx context.Context, to Address, plaintext []byte) (m Message, err error) {
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) (err error) {
		m, err = p.encrypt(ctx, to, plaintext)
		return err
	}, signalkeys.SessionLock(to))
	if err != nil {
		return Message{}, failed("encrypt", err)
	}
	return m, nil
}

// EncryptMany encrypts a text for each of several devices in one commit: all of
// them or, on an error, none.
//
// Errors: as of [Account.Encrypt]; what is wrong with one device is a
// [DeviceError]. [Account.Missing] says beforehand which
// addresses have no session.
func (a *Account) EncryptMany(ctx context.Context, plaintexts map[Address][]byte) (messages map[Address]Message, err error) {
	to := slices.Collect(maps.Keys(plaintexts))
	locks, err := sessionLocks(to)
	if err != nil {
		return nil, failed("encrypt many", err)
	}
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		messages = make(map[Address]Message, len(to)) // the callback may run again
		if err := p.prefetch(ctx, to); err != nil {
			return err
		}
		for _, address := range to {
			m, err := p.encrypt(ctx, address, plaintexts[address])
			if err != nil {
				return of(address, err)
			}
			messages[address] = m
		}
		return nil
	}, locks...)
	if err != nil {
		return nil, failed("encrypt many", err)
	}
	return messages, nil
}

// sessionLocks are the locks of the sessions with several devices. The store
// takes them in one order, so two messages to the same devices do not meet in
// the middle. An address that is none is found here, where it is known whose it
// is.
func sessionLocks(devices []Address) ([]family.Lock, error) {
	locks := make([]family.Lock, len(devices))
	for i, address := range devices {
		if _, err := signalkeys.ParseSessionKey(address.String()); err != nil {
			return nil, of(address, err)
		}
		locks[i] = signalkeys.SessionLock(address)
	}
	return locks, nil
}

// prefetch reads in two calls what would be two calls for each device. The
// transaction remembers it.
func (p *Protocol) prefetch(ctx context.Context, devices []Address) error {
	if _, err := p.keys.Sessions().GetMany(ctx, devices...); err != nil {
		return err
	}
	identities := make([]signalkeys.IdentityKeyKey, len(devices))
	for i, d := range devices {
		identities[i] = signalkeys.IdentityKeyKey(d)
	}
	_, err := p.keys.IdentityKeys().GetMany(ctx, identities...)
	return err
}

func (p *Protocol) encrypt(ctx context.Context, to Address, plaintext []byte) (Message, error) {
	data, ok, err := p.keys.Sessions().Get(ctx, to)
	if err != nil {
		return Message{}, err
	}
	if !ok {
		return Message{}, ErrNoSession
	}
	s, err := readSending(data.Reveal())
	if err != nil {
		return Message{}, inFamily("decode", signalkeys.SessionFamily, err)
	}
	if err := p.trust(ctx, to, s.state.remote); err != nil {
		return Message{}, err
	}
	m, next, err := seal(&s.state, plaintext)
	if err != nil {
		return Message{}, cleaned(err)
	}
	return m, p.keys.Sessions().Put(ctx, to, family.NewSecret(s.advanced(next.Key(), next.Index())))
}

// seal encrypts a text and returns the chain key that comes after it.
//
// It stands in for libsignal's Encrypt, from the same parts: that writes the key
// of each message as text for a log, whether or not there is one, which takes
// longer than to encrypt.
func seal(s *sendingState, plaintext []byte) (m Message, next *chain.Key, err error) {
	key := chain.NewKey(kdf.DeriveSecrets, s.chain.key, s.chain.index)
	keys := key.MessageKeys()
	// The padding is appended to the text: it must not find room there.
	body, err := cipher.EncryptCbc(keys.Iv(), keys.CipherKey(), slices.Clip(plaintext))
	if err != nil {
		return m, nil, err
	}
	local, remote := identity.NewKey(point(s.local)), identity.NewKey(point(s.remote))
	inner, err := protocol.NewSignalMessage(int(s.version), key.Index(), s.previousCounter, keys.MacKey(),
		point(s.chain.ratchet), body, local, remote, wire.SignalMessage)
	if err != nil {
		return m, nil, err
	}
	next = key.NextKey()
	pending := s.pending
	if pending.data == nil {
		return Message{Body: inner.Serialize()}, next, nil
	}
	outer, err := protocol.NewPreKeySignalMessage(int(s.version), s.registrationID, pending.id, pending.signedID,
		point(pending.base), local, inner, wire.PreKeySignalMessage, wire.SignalMessage)
	if err != nil {
		return m, nil, err
	}
	return Message{PreKey: true, Body: outer.Serialize()}, next, nil
}

// point is a public key of libsignal, from bytes that are one.
func point(b []byte) ecc.ECPublicKeyable { return ecc.NewDjbECPublicKey([keyBytes]byte(b[1:])) }
