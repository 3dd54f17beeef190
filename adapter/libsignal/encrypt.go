package libsignal

import (
	"context"
	"maps"
	"slices"

	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
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
// Errors: as of [Account.Encrypt]. [Account.Missing] says beforehand which
// addresses have no session.
func (a *Account) EncryptMany(ctx context.Context, plaintexts map[Address][]byte) (messages map[Address]Message, err error) {
	to := slices.Collect(maps.Keys(plaintexts))
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		messages = make(map[Address]Message, len(to)) // the callback may run again
		if err := p.prefetch(ctx, to); err != nil {
			return err
		}
		for _, address := range to {
			m, err := p.encrypt(ctx, address, plaintexts[address])
			if err != nil {
				return err
			}
			messages[address] = m
		}
		return nil
	}, sessionLocks(to)...)
	if err != nil {
		return nil, failed("encrypt many", err)
	}
	return messages, nil
}

// sessionLocks are the locks of the sessions with several devices. The store
// takes them in one order, so two messages to the same devices do not meet in
// the middle.
func sessionLocks(of []Address) []family.Lock {
	locks := make([]family.Lock, len(of))
	for i, address := range of {
		locks[i] = signalkeys.SessionLock(address)
	}
	return locks
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
	address := addressOf(to)
	s, err := p.LoadSession(ctx, address)
	if err != nil {
		return Message{}, err
	}
	if s.IsFresh() {
		return Message{}, ErrNoSession
	}
	b := session.NewBuilderFromSignal(loaded{p, s}, address, p.serializer)
	// libsignal appends its padding to the text: it must not find room there.
	m, err := session.NewCipher(b, address).Encrypt(ctx, slices.Clip(plaintext))
	if err != nil {
		return Message{}, cleaned(err)
	}
	return Message{PreKey: m.Type() == protocol.PREKEY_TYPE, Body: m.Serialize()}, nil
}

// loaded is a protocol with the session that is about to be used, so that it is
// not decoded twice.
type loaded struct {
	*Protocol
	session *record.Session
}

func (l loaded) LoadSession(context.Context, *protocol.SignalAddress) (*record.Session, error) {
	return l.session, nil
}
