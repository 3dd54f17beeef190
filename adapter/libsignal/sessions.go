package libsignal

import (
	"context"
	"errors"
	"iter"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

// Missing returns those addresses with which there is no session, in the order
// in which they were given: they need a bundle before they can be written to.
// A session that another library wrote is none: see [Account.ForgetForeign].
func (a *Account) Missing(ctx context.Context, to ...Address) ([]Address, error) {
	if a.err != nil {
		return nil, failed("missing", a.err)
	}
	found, err := a.keys.Sessions().GetMany(ctx, to...)
	if err != nil {
		return nil, failed("missing", err)
	}
	var missing []Address
	for _, address := range to {
		session, ok := found[address]
		if ok {
			_, err := readSending(session.Reveal())
			ok = !errors.Is(err, ErrForeignRecord)
		}
		if !ok {
			missing = append(missing, address)
		}
	}
	return missing, nil
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
