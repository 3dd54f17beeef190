package libsignal

import (
	"context"

	"go.mau.fi/libsignal/state/record"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/generated/signalkeys"
)

// LoadPreKey returns a one-time pre-key, nil if there is none of that number.
func (p *Protocol) LoadPreKey(ctx context.Context, id uint32) (*record.PreKey, error) {
	k, ok, err := p.keys.PreKeys().Get(ctx, signalkeys.PreKeyID(id))
	if err != nil || !ok {
		return nil, err
	}
	return record.NewPreKey(id, keyPair(k.Public, k.Private.Reveal()), p.serializer.PreKeyRecord), nil
}

// StorePreKey stores a one-time pre-key.
func (p *Protocol) StorePreKey(ctx context.Context, id uint32, k *record.PreKey) error {
	if k == nil || !isPair(k.KeyPair()) {
		return inFamily("encode", signalkeys.PreKeyFamily, errIncomplete)
	}
	pair := k.KeyPair()
	return p.keys.PreKeys().Put(ctx, signalkeys.PreKeyID(id), signalkeys.KeyPair{
		Public:  pair.PublicKey().PublicKey(),
		Private: signalkeys.NewSecret32(pair.PrivateKey().Serialize()),
	})
}

// ContainsPreKey reports whether there is a one-time pre-key of that number.
func (p *Protocol) ContainsPreKey(ctx context.Context, id uint32) (bool, error) {
	return p.keys.PreKeys().Has(ctx, signalkeys.PreKeyID(id))
}

// RemovePreKey forgets a one-time pre-key.
func (p *Protocol) RemovePreKey(ctx context.Context, id uint32) error {
	return p.keys.PreKeys().Delete(ctx, signalkeys.PreKeyID(id))
}

// LoadSignedPreKey returns a signed pre-key, nil if there is none of that number.
func (p *Protocol) LoadSignedPreKey(ctx context.Context, id uint32) (*record.SignedPreKey, error) {
	k, ok, err := p.local.SignedPreKeys().Get(ctx, localkeys.SignedPreKeyID(id))
	if err != nil || !ok {
		return nil, err
	}
	return p.signedPreKey(id, k), nil
}

// LoadSignedPreKeys returns all signed pre-keys, in the order of their numbers'
// text.
func (p *Protocol) LoadSignedPreKeys(ctx context.Context) (all []*record.SignedPreKey, err error) {
	for e, err := range p.local.SignedPreKeys().All(ctx) {
		if err != nil {
			return nil, err
		}
		all = append(all, p.signedPreKey(uint32(e.ID), e.Value))
	}
	return all, nil
}

func (p *Protocol) signedPreKey(id uint32, k localkeys.SignedPreKey) *record.SignedPreKey {
	return record.NewSignedPreKey(id, k.Timestamp, keyPair(k.Public, k.Private.Reveal()), k.Signature, p.serializer.SignedPreKeyRecord)
}

// StoreSignedPreKey stores a signed pre-key.
func (p *Protocol) StoreSignedPreKey(ctx context.Context, id uint32, k *record.SignedPreKey) error {
	if k == nil || !isPair(k.KeyPair()) {
		return inFamily("encode", localkeys.SignedPreKeyFamily, errIncomplete)
	}
	pair := k.KeyPair()
	return p.local.SignedPreKeys().Put(ctx, localkeys.SignedPreKeyID(id), localkeys.SignedPreKey{
		Public:    pair.PublicKey().PublicKey(),
		Private:   localkeys.NewSecret32(pair.PrivateKey().Serialize()),
		Signature: k.Signature(),
		Timestamp: k.Timestamp(),
	})
}

// ContainsSignedPreKey reports whether there is a signed pre-key of that
// number.
func (p *Protocol) ContainsSignedPreKey(ctx context.Context, id uint32) (bool, error) {
	return p.local.SignedPreKeys().Has(ctx, localkeys.SignedPreKeyID(id))
}

// RemoveSignedPreKey forgets a signed pre-key.
func (p *Protocol) RemoveSignedPreKey(ctx context.Context, id uint32) error {
	return p.local.SignedPreKeys().Delete(ctx, localkeys.SignedPreKeyID(id))
}
