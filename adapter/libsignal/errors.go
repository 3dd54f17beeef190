package libsignal

import (
	"errors"
	"fmt"

	"go.mau.fi/libsignal/signalerror"

	"github.com/keyfam/keyfam/store"
)

// What can be wrong with a record or an account.
var (
	// ErrForeignRecord is a session or a sender key that another library wrote,
	// such as the JSON of Baileys, or a newer libsignal. It is left as it is.
	ErrForeignRecord = errors.New("the record was written by another library or version")
	// ErrNoAccount is an Open of a namespace that no Create has made an account in.
	ErrNoAccount = errors.New("the namespace holds no account")
	// ErrAccountExists is a Create in a namespace that holds an account.
	ErrAccountExists = errors.New("the namespace holds an account already")
	// ErrOwnSenderKey is a distribution message of others for a sender key that
	// this account made itself, or sending with one that it did not make.
	ErrOwnSenderKey = errors.New("the sender key is of the other direction")
)

// What can be wrong with a message or a bundle. All but the first are
// libsignal's own errors, without the addresses and numbers that it adds.
var (
	// ErrBadMessage is bytes that are no message.
	ErrBadMessage = errors.New("not a message")
	// ErrDuplicateMessage is a message that was decrypted before.
	ErrDuplicateMessage = signalerror.ErrOldCounter
	// ErrTooFarAhead is a message with more than 2000 missing before it.
	ErrTooFarAhead = signalerror.ErrTooFarIntoFuture
	// ErrUndecryptable is a message that no state of the session fits: it was
	// changed on its way, is older than what the session remembers, or is of a
	// session that the other side has and this side has not.
	ErrUndecryptable = signalerror.ErrNoValidSessions
	// ErrNoSession is a message from or to somebody with whom there is no session.
	ErrNoSession = signalerror.ErrNoSessionForUser
	// ErrNoSenderKey is a group message whose sender key did not come yet.
	ErrNoSenderKey = signalerror.ErrNoSenderKeyForUser
	// ErrUnknownSenderKey is a group message under another sender key than those
	// that came from the sender.
	ErrUnknownSenderKey = signalerror.ErrNoSenderKeyStateForID
	// ErrBadSignature is a group message or a bundle that its owner did not sign.
	ErrBadSignature = signalerror.ErrInvalidSignature
	// ErrUnknownPreKey is a first message for a one-time pre-key that was used or
	// never made.
	ErrUnknownPreKey = signalerror.ErrNoOneTimeKeyFound
	// ErrUnknownSignedPreKey is a first message for a signed pre-key that is not
	// there, or a bundle without one.
	ErrUnknownSignedPreKey = signalerror.ErrNoSignedPreKey
	// ErrUntrustedIdentity is somebody with another identity key than before. See
	// [Account.Trust].
	ErrUntrustedIdentity = signalerror.ErrUntrustedIdentity
	// ErrOldVersion and ErrNewVersion are messages of a protocol version that is
	// not spoken any more, or not yet.
	ErrOldVersion = signalerror.ErrOldMessageVersion
	ErrNewVersion = signalerror.ErrUnknownMessageVersion
)

// DeviceError is the error of one device in a call about several. Its text does
// not name the device: get it with [errors.As].
type DeviceError struct {
	Address Address
	Err     error
}

// Error says what failed.
func (e *DeviceError) Error() string { return "one of the devices: " + e.Err.Error() }

// Unwrap is what failed.
func (e *DeviceError) Unwrap() error { return e.Err }

// of names the device of an error.
func of(device Address, err error) error {
	if err == nil {
		return nil
	}
	return &DeviceError{device, err}
}

// named are the errors that cleaned tells apart. The two that libsignal has for
// signatures become one.
var named = []struct{ is, answer error }{
	{ErrDuplicateMessage, ErrDuplicateMessage},
	{ErrTooFarAhead, ErrTooFarAhead},
	{ErrUndecryptable, ErrUndecryptable},
	{ErrNoSession, ErrNoSession},
	{signalerror.ErrUninitializedSession, ErrNoSession},
	{ErrNoSenderKey, ErrNoSenderKey},
	{signalerror.ErrNoSenderKeyStatesInRecord, ErrNoSenderKey},
	{ErrUnknownSenderKey, ErrUnknownSenderKey},
	{ErrBadSignature, ErrBadSignature},
	{signalerror.ErrSenderKeyStateVerificationFailed, ErrBadSignature},
	{ErrUnknownPreKey, ErrUnknownPreKey},
	{ErrUnknownSignedPreKey, ErrUnknownSignedPreKey},
	{ErrUntrustedIdentity, ErrUntrustedIdentity},
	{signalerror.ErrBadMAC, ErrUndecryptable},
	{signalerror.ErrWrongMessageVersion, ErrUndecryptable},
	{ErrOldVersion, ErrOldVersion},
	{ErrNewVersion, ErrNewVersion},
}

// cleaned is an error of libsignal without what its text gives away: it names
// addresses, groups and bytes of the message. Errors of the store, which
// libsignal hands through, name none and stay.
func cleaned(err error) error {
	if err == nil || isOurs(err) {
		return err
	}
	for _, n := range named {
		if errors.Is(err, n.is) {
			return n.answer
		}
	}
	return ErrBadMessage
}

// isOurs says that the store or this package made the error.
func isOurs(err error) bool {
	var failed *store.Error
	return errors.As(err, &failed) || errors.Is(err, ErrForeignRecord) || errors.Is(err, ErrOwnSenderKey)
}

// failed says what an error was about.
func failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("libsignal: %s: %w", op, err)
}
