package libsignal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"slices"

	"go.mau.fi/libsignal/cipher"
	"go.mau.fi/libsignal/kdf"
	"go.mau.fi/libsignal/keys/chain"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	"google.golang.org/protobuf/proto"

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
	}, signalkeys.SessionLabel(to))
	if err != nil {
		return Message{}, failed("encrypt", err)
	}
	return m, nil
}

// EncryptMany encrypts a text for each of several devices in one commit: all of
// them or, on an error, none.
//
// Errors: as of [Account.Encrypt]; what is wrong with one device is a
// [DeviceError]. [Account.Missing] says beforehand which addresses have no
// session that can be written to.
func (a *Account) EncryptMany(ctx context.Context, plaintexts map[Address][]byte) (messages map[Address]Message, err error) {
	to := slices.Collect(maps.Keys(plaintexts))
	labels, err := sessionLabels(to)
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
	}, labels...)
	if err != nil {
		return nil, failed("encrypt many", err)
	}
	return messages, nil
}

// sessionLabels are the labels of the sessions with several devices. The store
// takes them in one order, so two messages to the same devices do not meet in
// the middle. An address that is none is found here, where it is known whose it
// is.
func sessionLabels(devices []Address) ([]family.Label, error) {
	labels := make([]family.Label, len(devices))
	for i, address := range devices {
		if _, err := signalkeys.ParseSessionID(address.String()); err != nil {
			return nil, of(address, err)
		}
		labels[i] = signalkeys.SessionLabel(address)
	}
	return labels, nil
}

// prefetch reads in two calls what would be two calls for each device. The
// transaction remembers it.
func (p *Protocol) prefetch(ctx context.Context, devices []Address) error {
	if _, err := p.keys.Sessions().GetMany(ctx, devices...); err != nil {
		return err
	}
	identities := make([]signalkeys.IdentityKeyID, len(devices))
	for i, d := range devices {
		identities[i] = signalkeys.IdentityKeyID(d)
	}
	_, err := p.keys.IdentityKeys().GetMany(ctx, identities...)
	return err
}

func (p *Protocol) encrypt(ctx context.Context, to Address, plaintext []byte) (Message, error) {
	s, err := p.sending(ctx, to)
	if err != nil {
		return Message{}, err
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

// sending reads the session with an address for encrypting.
func (p *Protocol) sending(ctx context.Context, to Address) (s sending, err error) {
	data, ok, err := p.keys.Sessions().Get(ctx, to)
	if err != nil {
		return s, err
	}
	if !ok {
		return s, ErrNoSession
	}
	if s, err = readSending(data.Reveal()); err != nil {
		return s, inFamily("decode", signalkeys.SessionFamily, err)
	}
	return s, nil
}

// seal encrypts a text and returns the chain key that comes after it.
//
// It stands in for libsignal's Encrypt, with its keys and its cipher: that writes
// the key of each message as text for a log, whether or not there is one, which
// takes longer than to encrypt, and the message twice.
func seal(s *sendingState, plaintext []byte) (m Message, next *chain.Key, err error) {
	key := chain.NewKey(kdf.DeriveSecrets, s.chain.key, s.chain.index)
	keys := key.MessageKeys()
	// The padding is appended to the text: it must not find room there.
	body, err := cipher.EncryptCbc(keys.Iv(), keys.CipherKey(), slices.Clip(plaintext))
	if err != nil {
		return m, nil, err
	}
	inner, err := marshal(len(body), &serialize.SignalMessage{
		RatchetKey: s.chain.ratchet, Counter: &s.chain.index, PreviousCounter: &s.previousCounter, Ciphertext: body,
	})
	if err != nil {
		return m, nil, err
	}
	mac := hmac.New(sha256.New, keys.MacKey())
	mac.Write(s.local)
	mac.Write(s.remote)
	mac.Write(inner)
	m.Body = append(inner, mac.Sum(nil)[:macBytes]...)
	if s.pending.data != nil {
		m, err = wrap(s, m.Body)
	}
	return m, key.NextKey(), err
}

// wrap makes a message one that also sets up the session.
func wrap(s *sendingState, inner []byte) (m Message, err error) {
	p := &serialize.PreKeySignalMessage{
		RegistrationId: &s.registrationID, SignedPreKeyId: &s.pending.signedID,
		BaseKey: s.pending.base, IdentityKey: s.local, Message: inner,
	}
	if id := s.pending.id; !id.IsEmpty {
		p.PreKeyId = &id.Value
	}
	body, err := marshal(len(inner), p)
	return Message{PreKey: true, Body: body}, err
}

// marshal is a message behind the byte that says its version and the newest one
// that is spoken. The size is that of what it holds, in bytes.
func marshal(size int, m proto.Message) ([]byte, error) {
	const others = 192 // bytes: keys, numbers, MAC
	body := append(make([]byte, 0, size+others), protocol.CurrentVersion<<4|protocol.CurrentVersion)
	return proto.MarshalOptions{}.MarshalAppend(body, m)
}
