package libsignal

import (
	"context"
	"maps"
	"slices"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/session"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// StartSession makes a session with a device from the bundle of keys that it
// has published. A session that there is already stays behind the new one, for
// messages that are still under way.
//
// Errors: [ErrBadSignature], [ErrUnknownSignedPreKey], [ErrUntrustedIdentity].
func (a *Account) StartSession(ctx context.Context, with Address, bundle *prekey.Bundle) error {
	err := a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		return p.start(ctx, with, bundle)
	}, signalkeys.SessionLock(with))
	return failed("start session", err)
}

// StartSessions is [Account.StartSession] with several devices in one commit:
// with all of them or, on an error, with none.
func (a *Account) StartSessions(ctx context.Context, bundles map[Address]*prekey.Bundle) error {
	with := slices.Collect(maps.Keys(bundles))
	err := a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		if err := p.prefetch(ctx, with); err != nil {
			return err
		}
		for _, address := range with {
			if err := p.start(ctx, address, bundles[address]); err != nil {
				return err
			}
		}
		return nil
	}, sessionLocks(with)...)
	return failed("start sessions", err)
}

func (p *Protocol) start(ctx context.Context, with Address, b *prekey.Bundle) error {
	if b == nil || b.IdentityKey() == nil {
		return errIncomplete
	}
	address := addressOf(with)
	return cleaned(session.NewBuilderFromSignal(p, address, p.serializer).ProcessBundle(ctx, b))
}
