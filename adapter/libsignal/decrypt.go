package libsignal

import (
	"context"
	"errors"
	"slices"

	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/optional"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// Decrypt decrypts a message of one device. A first message makes the session,
// uses up its one-time pre-key and notes the identity, in the same commit.
//
// Each message is decrypted once. To be sure to keep the text, store it in the
// same commit: see [Account.In].
//
// Errors: [ErrDuplicateMessage], [ErrNoSession], [ErrUndecryptable],
// [ErrTooFarAhead], [ErrUnknownPreKey], [ErrUnknownSignedPreKey],
// [ErrUntrustedIdentity], [ErrBadMessage], [ErrOldVersion], [ErrNewVersion].
func (a *Account) Decrypt(ctx context.Context, from Address, m Message) (plaintext []byte, err error) {
	in, err := parse(m)
	if err != nil {
		return nil, failed("decrypt", cleaned(err))
	}
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) (err error) {
		plaintext, err = p.decrypt(ctx, from, in)
		return err
	}, signalkeys.SessionLabel(from))
	if err != nil {
		return nil, failed("decrypt", err)
	}
	return plaintext, nil
}

func (p *Protocol) decrypt(ctx context.Context, from Address, in incoming) ([]byte, error) {
	address := addressOf(from)
	s, err := p.LoadSession(ctx, address)
	if err != nil {
		return nil, err
	}
	b := session.NewBuilderFromSignal(p, address, p.serializer)
	used, made := optional.NewEmptyUint32(), false
	switch {
	case in.preKey != nil:
		made = !s.HasSessionState(in.preKey.MessageVersion(), in.preKey.BaseKey().Serialize())
		if used, err = b.Process(ctx, s, in.preKey); err != nil {
			return nil, cleaned(err)
		}
	case s.IsFresh():
		return nil, ErrNoSession
	}
	structure := s.Structure()
	states := append([]*record.StateStructure{structure.SessionState}, structure.PreviousStates...)
	fitting := len(states)
	if made {
		// What was in the message beside the inner one is authenticated only by
		// that being of the new state. If it is of an earlier one, somebody has put
		// it into a message of his own.
		fitting = 1
	}
	next, plaintext, err := p.advance(ctx, session.NewCipher(b, address), states, fitting, in)
	if err != nil {
		return nil, err
	}
	if err := p.trust(ctx, from, next.SessionState.RemoteIdentityPublic); err != nil {
		return nil, err
	}
	if !used.IsEmpty {
		if err := p.RemovePreKey(ctx, used.Value); err != nil {
			return nil, err
		}
	}
	return plaintext, p.putSession(ctx, from, next)
}

// maxArchived is how many earlier states a session keeps, as in libsignal.
const maxArchived = 40

// advance decrypts a message with one of the session's first states, the first
// that fits, and returns the session with that state advanced and in front.
//
// It stands in for libsignal's DecryptWithRecord, which tries the states
// themselves: one that does not fit has by then made a new chain for the
// message, and is stored like that when another one fits. If both sides start a
// session at once, that loses every later message of one of them. Here each try
// is on a copy.
func (p *Protocol) advance(ctx context.Context, c *session.Cipher, states []*record.StateStructure, first int, in incoming) (*record.SessionStructure, []byte, error) {
	var why reason
	for i, structure := range states[:first] {
		state, err := record.NewStateFromStructure(structure, p.serializer.State)
		if err != nil {
			return nil, nil, inFamily("decode", signalkeys.SessionFamily, malformed("a state"))
		}
		own := state.HasReceiverChain(in.inner.SenderRatchetKey())
		plaintext, _, err := c.DecryptWithState(ctx, state, in.inner)
		if err == nil {
			return p.promoted(state, slices.Delete(states, i, i+1)), plaintext, nil
		}
		if errors.Is(err, ErrDuplicateMessage) {
			return nil, nil, ErrDuplicateMessage
		}
		why.add(cleaned(err), own)
	}
	return nil, nil, why.err
}

// reason is why no state fits a message. The state that has the message's chain
// knows best. Every other begins a chain for it: to all of those it is too far
// ahead, or to none.
type reason struct {
	err error
	own bool
}

func (r *reason) add(err error, own bool) {
	switch {
	case r.err == nil, own && !r.own, own == r.own && errors.Is(err, ErrTooFarAhead):
		*r = reason{err, own}
	case own == r.own && !errors.Is(r.err, ErrTooFarAhead):
		r.err = ErrUndecryptable
	}
}

// promoted is a session with this state in front of the others.
func (p *Protocol) promoted(state *record.State, others []*record.StateStructure) *record.SessionStructure {
	if len(others) > maxArchived {
		others = others[:maxArchived]
	}
	current := record.NewSessionFromState(state, p.serializer.Session).Structure().SessionState
	return &record.SessionStructure{SessionState: current, PreviousStates: others}
}
