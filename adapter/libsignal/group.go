package libsignal

import (
	"context"
	"slices"

	"go.mau.fi/libsignal/groups"
	senderkey "go.mau.fi/libsignal/groups/state/record"
	"go.mau.fi/libsignal/protocol"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// ShareSenderKey returns the distribution message of this account's sender key
// in a group, which is made if there is none. It goes to each member that does
// not have it yet, encrypted with [Account.Encrypt].
//
// When a member has left, change the key with [Account.RotateSenderKey].
//
// Errors: [ErrOwnSenderKey] if the key that is there is another's.
func (a *Account) ShareSenderKey(ctx context.Context, own GroupSender) (distribution []byte, err error) {
	distribution, err = a.share(ctx, own, false)
	return distribution, failed("share sender key", err)
}

// RotateSenderKey puts a new sender key of this account's in the place of the
// one in a group, and returns its distribution message, for each of the members
// as they are now. Whoever has only the old key cannot decrypt what is encrypted
// from here on.
//
// Errors: as of [Account.ShareSenderKey].
func (a *Account) RotateSenderKey(ctx context.Context, own GroupSender) (distribution []byte, err error) {
	distribution, err = a.share(ctx, own, true)
	return distribution, failed("rotate sender key", err)
}

func (a *Account) share(ctx context.Context, own GroupSender, anew bool) (distribution []byte, err error) {
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		s, err := p.senderKey(ctx, own, none)
		switch {
		case err != nil:
			return err
		case !s.IsEmpty() && !isOwn(s):
			return ErrOwnSenderKey
		case anew:
			s = senderkey.NewSenderKey(p.serializer.SenderKeyRecord, p.serializer.SenderKeyState)
		}
		m, err := p.groupBuilder(s).Create(ctx, nameOf(own))
		if err == nil {
			distribution = m.Serialize()
		}
		return cleaned(err)
	}, signalkeys.SenderKeyLabel(own))
	if err != nil {
		return nil, err
	}
	return distribution, nil
}

// AcceptSenderKey notes the sender key of another, from the distribution message
// that came from it, decrypted with [Account.Decrypt]. One that came before
// changes nothing.
//
// Errors: [ErrBadMessage], [ErrOldVersion], [ErrNewVersion]; [ErrOwnSenderKey]
// if the key is this account's own.
func (a *Account) AcceptSenderKey(ctx context.Context, from GroupSender, distribution []byte) error {
	m, err := parseDistribution(distribution)
	if err != nil {
		return failed("accept sender key", cleaned(err))
	}
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		return p.accept(ctx, from, m)
	}, signalkeys.SenderKeyLabel(from))
	return failed("accept sender key", err)
}

func (p *Protocol) accept(ctx context.Context, from GroupSender, m *protocol.SenderKeyDistributionMessage) error {
	s, err := p.senderKey(ctx, from, none)
	switch {
	case err != nil:
		return err
	case isOwn(s):
		return ErrOwnSenderKey
	case continues(s, m):
		return nil
	}
	return cleaned(p.groupBuilder(s).Process(ctx, nameOf(from), m))
}

// continues reports whether the sender key has the chain of a distribution
// message already and reaches its place. libsignal would start the chain again
// from there: messages before it could no longer be read, and those behind it
// again.
func continues(s *senderkey.SenderKey, m *protocol.SenderKeyDistributionMessage) bool {
	state, err := s.GetSenderKeyStateByID(m.ID())
	if err != nil || state.SigningKey().PublicKey().PublicKey() != m.SignatureKey().PublicKey() {
		return false
	}
	at := state.SenderChainKey().Iteration()
	return m.Iteration() <= at || m.Iteration()-at <= maxGap
}

// maxGap is how many messages may be missing before one, as in libsignal.
const maxGap = 2000

// EncryptGroup encrypts a text with this account's sender key in a group.
//
// The error is [ErrNoSenderKey] before [Account.ShareSenderKey].
func (a *Account) EncryptGroup(ctx context.Context, own GroupSender, plaintext []byte) (message []byte, err error) {
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) (err error) {
		message, err = p.encryptGroup(ctx, own, plaintext)
		return err
	}, signalkeys.SenderKeyLabel(own))
	if err != nil {
		return nil, failed("encrypt group", err)
	}
	return message, nil
}

func (p *Protocol) encryptGroup(ctx context.Context, own GroupSender, plaintext []byte) ([]byte, error) {
	s, err := p.senderKey(ctx, own, none)
	switch {
	case err != nil:
		return nil, err
	case s.IsEmpty():
		return nil, ErrNoSenderKey
	case !isOwn(s):
		return nil, ErrOwnSenderKey
	}
	m, err := p.groupCipher(own, s).Encrypt(ctx, slices.Clip(plaintext))
	if err != nil {
		return nil, cleaned(err)
	}
	return m.SignedSerialize(), nil
}

// DecryptGroup decrypts a message of a sender in a group. Each message is
// decrypted once, as with [Account.Decrypt].
//
// Errors: [ErrNoSenderKey], [ErrUnknownSenderKey], [ErrDuplicateMessage],
// [ErrTooFarAhead], [ErrBadSignature], [ErrBadMessage], [ErrOldVersion],
// [ErrNewVersion].
func (a *Account) DecryptGroup(ctx context.Context, from GroupSender, message []byte) (plaintext []byte, err error) {
	m, err := parseSenderKeyMessage(message)
	if err != nil {
		return nil, failed("decrypt group", cleaned(err))
	}
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		s, err := p.senderKey(ctx, from, func(iteration uint32) bool { return iteration == m.Iteration() })
		if err != nil {
			return err
		}
		plaintext, err = p.groupCipher(from, s).Decrypt(ctx, m)
		return cleaned(err)
	}, signalkeys.SenderKeyLabel(from))
	if err != nil {
		return nil, failed("decrypt group", err)
	}
	return plaintext, nil
}

// groupCipher is libsignal's cipher with a sender key that has been read.
func (p *Protocol) groupCipher(k GroupSender, s *senderkey.SenderKey) *groups.GroupCipher {
	return groups.NewGroupCipher(p.groupBuilder(s), nameOf(k), loadedSender{p, s})
}

func (p *Protocol) groupBuilder(s *senderkey.SenderKey) *groups.SessionBuilder {
	return groups.NewGroupSessionBuilder(loadedSender{p, s}, p.serializer)
}

// loadedSender is a protocol with the sender key that is about to be used.
type loadedSender struct {
	*Protocol
	key *senderkey.SenderKey
}

func (l loadedSender) LoadSenderKey(context.Context, *protocol.SenderKeyName) (*senderkey.SenderKey, error) {
	return l.key, nil
}

// none is no kept message key.
func none(uint32) bool { return false }

// isOwn reports whether messages can be signed with the sender key.
func isOwn(s *senderkey.SenderKey) bool {
	state, err := s.SenderKeyState()
	if err != nil || state.SigningKey().PrivateKey() == nil {
		return false
	}
	private := state.SigningKey().PrivateKey().Serialize()
	return !isZero(private[:])
}
