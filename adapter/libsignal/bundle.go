package libsignal

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/session"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// StartSession makes a session with a device from the bundle of keys that it
// has published. An existing session stays behind the new one, for messages
// that are still under way.
//
// Errors: [ErrBadSignature], [ErrUnknownSignedPreKey], [ErrUntrustedIdentity];
// [store.ErrInvalid] if the bundle is incomplete or of another device;
// [ErrForeignRecord] if another library wrote the existing session, which
// stays until [Account.Forget] or [Account.ForgetForeign].
func (a *Account) StartSession(ctx context.Context, with Address, bundle *prekey.Bundle) error {
	err := a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		return p.start(ctx, with, bundle)
	}, signalkeys.SessionLabel(with))
	return failed("start session", err)
}

// StartSessions is [Account.StartSession] with several devices in one commit:
// with all of them or, on an error, with none. The error of one device is a
// [DeviceError].
func (a *Account) StartSessions(ctx context.Context, bundles map[Address]*prekey.Bundle) error {
	with := slices.Collect(maps.Keys(bundles))
	labels, err := sessionLabels(with)
	if err != nil {
		return failed("start sessions", err)
	}
	err = a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		if err := p.prefetch(ctx, with); err != nil {
			return err
		}
		for _, address := range with {
			if err := p.start(ctx, address, bundles[address]); err != nil {
				return of(address, err)
			}
		}
		return nil
	}, labels...)
	return failed("start sessions", err)
}

func (p *Protocol) start(ctx context.Context, with Address, b *prekey.Bundle) error {
	if err := checkBundle(with, b); err != nil {
		return err
	}
	address := addressOf(with)
	return cleaned(session.NewBuilderFromSignal(p, address, p.serializer).ProcessBundle(ctx, b))
}

// checkBundle refuses a bundle that lacks a half of a key or is of another
// device. The other side could not decrypt what is made from it.
func checkBundle(with Address, b *prekey.Bundle) error {
	if b == nil || !isKey(b.IdentityKey()) {
		return errIncomplete
	}
	if hasID := b.PreKeyID() != nil && !b.PreKeyID().IsEmpty; hasID != (b.PreKey() != nil) {
		return errIncomplete
	}
	if b.DeviceID() != with.Device {
		return errOtherDevice
	}
	return nil
}

var errOtherDevice = fmt.Errorf("%w: the bundle is of another device", store.ErrInvalid)
