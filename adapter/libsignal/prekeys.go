package libsignal

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/keyhelper"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/store"
)

// maxKeyNumber is the highest number of a pre-key; 1 comes after it.
const maxKeyNumber = 0xFFFFFF

// NewPreKeys makes one-time pre-keys and returns them, for their public halves
// to be published. Each call goes on with the numbers where the last one ended.
func (a *Account) NewPreKeys(ctx context.Context, count int) (made []*record.PreKey, err error) {
	pairs, err := newPairs(count)
	if err != nil {
		return nil, failed("new pre-keys", err)
	}
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		counter, err := p.counter(ctx)
		if err != nil {
			return err
		}
		made = make([]*record.PreKey, count) // the callback may run again
		for i, pair := range pairs {
			made[i] = record.NewPreKey(counter.PreKey, pair, p.serializer.PreKeyRecord)
			if err := p.StorePreKey(ctx, counter.PreKey, made[i]); err != nil {
				return err
			}
			counter.PreKey = following(counter.PreKey)
		}
		return p.local.KeyCounters().Put(ctx, selfKey, counter)
	})
	if err != nil {
		return nil, failed("new pre-keys", err)
	}
	return made, nil
}

func newPairs(count int) ([]*ecc.ECKeyPair, error) {
	if count < 1 || count > maxKeyNumber {
		return nil, fmt.Errorf("%w: the count of keys", store.ErrInvalid)
	}
	pairs := make([]*ecc.ECKeyPair, count)
	for i := range pairs {
		var err error
		if pairs[i], err = ecc.GenerateKeyPair(); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// NewSignedPreKey makes a signed pre-key and returns it, for its public half to
// be published. Earlier ones stay, for messages that are under way.
func (a *Account) NewSignedPreKey(ctx context.Context) (made *record.SignedPreKey, err error) {
	pair, err := keyhelper.GenerateSignedPreKey(a.self.KeyPair, 0, wire.SignedPreKeyRecord)
	if err != nil {
		return nil, failed("new signed pre-key", err)
	}
	now := time.Now().Unix()
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		counter, err := p.counter(ctx)
		if err != nil {
			return err
		}
		made = record.NewSignedPreKey(counter.SignedPreKey, now, pair.KeyPair(), pair.Signature(), p.serializer.SignedPreKeyRecord)
		if err := p.StoreSignedPreKey(ctx, counter.SignedPreKey, made); err != nil {
			return err
		}
		counter.SignedPreKey = following(counter.SignedPreKey)
		return p.local.KeyCounters().Put(ctx, selfKey, counter)
	})
	if err != nil {
		return nil, failed("new signed pre-key", err)
	}
	return made, nil
}

// counter is the numbers that come next. An account from elsewhere has keys and
// no counter: it goes on after the highest.
func (p *Protocol) counter(ctx context.Context) (localkeys.KeyCounter, error) {
	counter, ok, err := p.local.KeyCounters().Get(ctx, selfKey)
	if err != nil || ok {
		return counter, err
	}
	for e, err := range p.keys.PreKeys().All(ctx) {
		if err != nil {
			return counter, err
		}
		counter.PreKey = max(counter.PreKey, uint32(e.Key))
	}
	for e, err := range p.local.SignedPreKeys().All(ctx) {
		if err != nil {
			return counter, err
		}
		counter.SignedPreKey = max(counter.SignedPreKey, uint32(e.Key))
	}
	counter.PreKey, counter.SignedPreKey = following(counter.PreKey), following(counter.SignedPreKey)
	return counter, nil
}

// following is the number after this one.
func following(number uint32) uint32 {
	return number%maxKeyNumber + 1
}
