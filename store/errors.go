package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// The errors to test for with [errors.Is], by the phase in which they arise.
// A record that is absent is never an error.
var (
	ErrClosed      = driver.ErrClosed      // the store was closed
	ErrTxDone      = driver.ErrTxDone      // a handle used after its callback or its attempt has ended
	ErrReadOnly    = driver.ErrReadOnly    // a write through the handle of a View
	ErrOuterHandle = driver.ErrOuterHandle // the store used with the context of a transaction's callback

	ErrInvalid  = driver.ErrInvalid  // an argument that no store accepts
	ErrTooLarge = driver.ErrTooLarge // an id, value, batch or transaction above a limit
	ErrCorrupt  = driver.ErrCorrupt  // stored bytes that do not decode, or a damaged file
	ErrSchema   = driver.ErrSchema   // the store was written with a schema that does not fit

	ErrExists = driver.ErrExists // an Insert of a record that is there

	ErrConflict       = driver.ErrConflict       // attempts exhausted: others kept changing what was read
	ErrUnknownOutcome = driver.ErrUnknownOutcome // the commit may or may not have been applied
	ErrUnavailable    = driver.ErrUnavailable    // the backend cannot be reached or refuses to work
	ErrUnsupported    = driver.ErrUnsupported    // the backend cannot do this
)

// Error is what every method returns when it fails. Only the error of a
// callback comes back unchanged. An Error holds no id, value, label or
// namespace.
type Error struct {
	Op     string // the verb, such as "get"
	Family string // the family concerned, "" if none or if its name is malformed
	Err    error  // wraps one of the sentinels, or a context's or a backend's error
}

// Error says what failed, for which family and why.
func (e *Error) Error() string {
	if e.Family == "" {
		return "store: " + e.Op + ": " + e.Err.Error()
	}
	return "store: " + e.Op + " " + e.Family + ": " + e.Err.Error()
}

// Unwrap gives [errors.Is] and [errors.As] the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail is the only place that makes an [Error].
func fail(op, family string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Family: family, Err: err}
}

// failFamily is fail for a verb whose family may be malformed.
func failFamily(ctx context.Context, op, family string, err error) error {
	if err == nil {
		return nil
	}
	if ctx == nil {
		return fail(op, "", err)
	}
	return fail(op, familyOf(ctx, family), err)
}

// familyOf returns the family if an Error may show it, and "" if the name is
// malformed.
func familyOf(ctx context.Context, family string) string {
	if checkFamily(ctx, family) != nil {
		return ""
	}
	return family
}
