package driver

import "errors"

// The sentinels of keyfam, by the phase in which they arise. Package store
// re-exports each; test for them with [errors.Is]. A driver wraps the one that
// fits around its raw error. It adds no text of its own, and never an id, a
// value, a namespace, a path or a connection string.
var (
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrTxDone: the transaction attempt that the handle belongs to has ended.
	ErrTxDone = errors.New("transaction has ended")
	// ErrReadOnly: a write through the handle of a View.
	ErrReadOnly = errors.New("handle is read-only")
	// ErrOuterHandle: the store was used with the context of a transaction's
	// callback, instead of the handle of that transaction.
	ErrOuterHandle = errors.New("outer handle used inside a transaction: use the handle that the callback was given")

	// ErrInvalid: an argument that no store accepts.
	ErrInvalid = errors.New("invalid argument")
	// ErrTooLarge: an id, value, batch or transaction above a limit.
	ErrTooLarge = errors.New("too large")
	// ErrCorrupt: stored bytes that do not decode, or a damaged file.
	ErrCorrupt = errors.New("corrupt data")
	// ErrSchema: the store was written with a schema that does not fit.
	ErrSchema = errors.New("schema mismatch")

	// ErrExists: a record that must be new is there.
	ErrExists = errors.New("record exists")

	// ErrConflict: other commits kept changing what the transaction read. From
	// a driver: a check of the commit failed, and nothing was applied.
	ErrConflict = errors.New("conflict with other commits")
	// ErrUnknownOutcome: the commit may or may not have been applied.
	ErrUnknownOutcome = errors.New("commit outcome unknown")
	// ErrUnavailable: the backend cannot be reached or refuses to work.
	ErrUnavailable = errors.New("backend unavailable")
	// ErrUnsupported: the backend cannot do what was asked.
	ErrUnsupported = errors.New("not supported by this backend")
)
