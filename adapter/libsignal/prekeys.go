package libsignal

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/keyhelper"
	"go.mau.fi/libsignal/util/medium"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// maxKeyNumber is the highest number of a pre-key; 1 comes after it. The number
// above it is that of a key of last resort, which libsignal does not use up.
const maxKeyNumber = medium.MaxValue - 1

// NewPreKeys makes one-time pre-keys and returns them, for their public halves
// to be published. Each call goes on with the numbers where the last one ended,
// but for those of keys that are there.
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
		numbers, err := unused(ctx, p.keys.PreKeys().Reader, counter.PreKey, count)
		if err != nil {
			return err
		}
		made = make([]*record.PreKey, count) // the callback may run again
		for i, number := range numbers {
			made[i] = record.NewPreKey(number, pairs[i], p.serializer.PreKeyRecord)
			if err := p.StorePreKey(ctx, number, made[i]); err != nil {
				return err
			}
		}
		counter.PreKey = following(numbers[count-1])
		return p.local.KeyCounters().Put(ctx, selfID, counter)
	})
	if err != nil {
		return nil, failed("new pre-keys", err)
	}
	return made, nil
}

func newPairs(count int) ([]*ecc.ECKeyPair, error) {
	if count < 1 || count > int(maxKeyNumber) {
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
	pair, err := keyhelper.GenerateSignedPreKey(a.Identity().KeyPair, 0, wire.SignedPreKeyRecord)
	if err != nil {
		return nil, failed("new signed pre-key", err)
	}
	now := time.Now().Unix()
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		counter, err := p.counter(ctx)
		if err != nil {
			return err
		}
		numbers, err := unused(ctx, p.local.SignedPreKeys().Reader, counter.SignedPreKey, 1)
		if err != nil {
			return err
		}
		made = record.NewSignedPreKey(numbers[0], now, pair.KeyPair(), pair.Signature(), p.serializer.SignedPreKeyRecord)
		if err := p.StoreSignedPreKey(ctx, numbers[0], made); err != nil {
			return err
		}
		counter.SignedPreKey = following(numbers[0])
		return p.local.KeyCounters().Put(ctx, selfID, counter)
	})
	if err != nil {
		return nil, failed("new signed pre-key", err)
	}
	return made, nil
}

// counter is the numbers that come next. An account from elsewhere has keys and
// no counter: it goes on after the highest.
func (p *Protocol) counter(ctx context.Context) (localkeys.KeyCounter, error) {
	counter, ok, err := p.local.KeyCounters().Get(ctx, selfID)
	if err != nil || ok {
		return counter, err
	}
	for e, err := range p.keys.PreKeys().All(ctx) {
		if err != nil {
			return counter, err
		}
		counter.PreKey = max(counter.PreKey, uint32(e.ID))
	}
	for e, err := range p.local.SignedPreKeys().All(ctx) {
		if err != nil {
			return counter, err
		}
		counter.SignedPreKey = max(counter.SignedPreKey, uint32(e.ID))
	}
	counter.PreKey, counter.SignedPreKey = following(counter.PreKey), following(counter.SignedPreKey)
	return counter, nil
}

// unused returns the next numbers, from a first one on, that no key has. A key
// that is there may have been published: it must not be replaced.
func unused[I number, V any](ctx context.Context, keys family.Reader[I, V], from uint32, count int) ([]uint32, error) {
	numbers := make([]uint32, 0, count)
	size := count
	for left := int(maxKeyNumber); left > 0; {
		batch := make([]I, min(size, left))
		left -= len(batch)
		for i := range batch {
			batch[i] = I(from)
			from = following(from)
		}
		found, err := keys.GetMany(ctx, batch...)
		if err != nil {
			return nil, err
		}
		for _, k := range batch {
			if _, ok := found[k]; ok {
				continue
			}
			if numbers = append(numbers, uint32(k)); len(numbers) == count {
				return numbers, nil
			}
		}
		size *= 2 // there may be a long row of keys
	}
	return nil, errNoNumber
}

// number is the key of a family of numbered keys.
type number interface {
	~uint32
	family.ID
}

var errNoNumber = fmt.Errorf("%w: every number is that of a key", store.ErrTooLarge)

// following is the number after this one.
func following(number uint32) uint32 {
	return number%maxKeyNumber + 1
}
