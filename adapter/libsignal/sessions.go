package libsignal

import (
	"context"
	"errors"
	"iter"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// Missing returns those addresses that need a bundle before they can be written
// to, in the order in which they were given: there is no session with them, or
// it was made with another identity key than the one that is trusted now, see
// [Account.Trust]. A session that another library wrote is none: see
// [Account.ForgetForeign].
func (a *Account) Missing(ctx context.Context, to ...Address) (missing []Address, err error) {
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) (err error) {
		missing, err = p.missing(ctx, to)
		return err
	})
	if err != nil {
		return nil, failed("missing", err)
	}
	return missing, nil
}

func (p *Protocol) missing(ctx context.Context, to []Address) (missing []Address, err error) {
	if err := p.prefetch(ctx, to); err != nil {
		return nil, err
	}
	for _, address := range to {
		switch err := p.writable(ctx, address); {
		case errors.Is(err, ErrNoSession), errors.Is(err, ErrForeignRecord), errors.Is(err, ErrUntrustedIdentity):
			missing = append(missing, address)
		case err != nil && !errors.Is(err, store.ErrCorrupt): // damage is what Encrypt answers
			return nil, err
		}
	}
	return missing, nil
}

// writable says why the session with an address cannot be written to.
func (p *Protocol) writable(ctx context.Context, to Address) error {
	s, err := p.sending(ctx, to)
	if err != nil {
		return err
	}
	known, ok, err := p.identityOf(ctx, to)
	if err == nil && ok && known != [keyBytes]byte(s.state.remote[1:]) {
		return ErrUntrustedIdentity
	}
	return err
}

// Forget ends the session with an address. What its messages still need to be
// decrypted is gone; its identity is kept.
func (a *Account) Forget(ctx context.Context, who Address) error {
	return failed("forget", a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		return p.DeleteSession(ctx, addressOf(who))
	}, signalkeys.SessionLabel(who)))
}

// ForgetForeign removes the sessions and sender keys that another library or
// version wrote, which this one answers with [ErrForeignRecord], and says how
// many those were. It is for an account that has moved here for good: nobody
// can decrypt any more what is still under way in them. All of them are removed
// or, on an error, none.
func (a *Account) ForgetForeign(ctx context.Context) (forgotten int, err error) {
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		sessions, err := foreign(p.keys.Sessions().All(ctx), func(data []byte) error {
			_, err := decodeSession(data)
			return err
		})
		if err != nil {
			return err
		}
		senderKeys, err := foreign(p.keys.SenderKeys().All(ctx), func(data []byte) error {
			_, err := decodeSenderKey(data, none)
			return err
		})
		if err != nil {
			return err
		}
		forgotten = len(sessions) + len(senderKeys)
		if err := p.keys.Sessions().DeleteMany(ctx, sessions...); err != nil {
			return err
		}
		return p.keys.SenderKeys().DeleteMany(ctx, senderKeys...)
	})
	if err != nil {
		return 0, failed("forget foreign", err)
	}
	return forgotten, nil
}

// foreign is the ids of those records that another library wrote.
func foreign[I family.ID](all iter.Seq2[family.Entry[I, family.Secret], error], decode func(data []byte) error) (ids []I, err error) {
	for e, err := range all {
		if err != nil {
			return nil, err
		}
		if errors.Is(decode(e.Value.Reveal()), ErrForeignRecord) {
			ids = append(ids, e.ID)
		}
	}
	return ids, nil
}
