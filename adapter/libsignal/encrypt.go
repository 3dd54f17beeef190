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
	"go.mau.fi/libsignal/state/record"

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
	s, err := p.session(ctx, to)
	if err != nil {
		return Message{}, err
	}
	if s == nil {
		return Message{}, ErrNoSession
	}
	if err := p.trust(ctx, to, s.SessionState.RemoteIdentityPublic); err != nil {
		return Message{}, err
	}
	m, err := seal(s.SessionState, plaintext)
	if err != nil {
		return Message{}, cleaned(err)
	}
	return m, p.putSession(ctx, to, s)
}

// seal encrypts a text and turns the sender's chain.
//
// It stands in for libsignal's Encrypt, from the same parts: that writes the key
// of each message as text for a log, whether or not there is one, which takes
// longer than to encrypt.
func seal(s *record.StateStructure, plaintext []byte) (m Message, err error) {
	key := chain.NewKeyFromStruct(s.SenderChain.ChainKey, kdf.DeriveSecrets)
	keys := key.MessageKeys()
	// The padding is appended to the text: it must not find room there.
	body, err := cipher.EncryptCbc(keys.Iv(), keys.CipherKey(), slices.Clip(plaintext))
	if err != nil {
		return m, err
	}
	local, remote := identity.NewKey(point(s.LocalIdentityPublic)), identity.NewKey(point(s.RemoteIdentityPublic))
	inner, err := protocol.NewSignalMessage(s.SessionVersion, key.Index(), s.PreviousCounter, keys.MacKey(),
		point(s.SenderChain.SenderRatchetKeyPublic), body, local, remote, wire.SignalMessage)
	if err != nil {
		return m, err
	}
	s.SenderChain.ChainKey = chain.NewStructFromKey(key.NextKey())
	pending := s.PendingPreKey
	if pending == nil {
		return Message{Body: inner.Serialize()}, nil
	}
	outer, err := protocol.NewPreKeySignalMessage(s.SessionVersion, s.LocalRegistrationID, pending.PreKeyID, pending.SignedPreKeyID,
		point(pending.BaseKey), local, inner, wire.PreKeySignalMessage, wire.SignalMessage)
	if err != nil {
		return m, err
	}
	return Message{PreKey: true, Body: outer.Serialize()}, nil
}

// point is a public key of libsignal, from bytes that are one.
func point(b []byte) ecc.ECPublicKeyable { return ecc.NewDjbECPublicKey([keyBytes]byte(b[1:])) }
