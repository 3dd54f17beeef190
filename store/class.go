package store

import (
	"context"
	"errors"
)

// Class is how an operation ended: ok, or the kind of its error. It replaces
// the error where text must not go, because a callback's error may hold
// anything.
type Class uint8

// The classes: one for each sentinel and each error of a context, and a few
// that only operations have.
const (
	ClassOK Class = iota
	ClassClosed
	ClassTxDone
	ClassReadOnly
	ClassOuterHandle
	ClassInvalid
	ClassTooLarge
	ClassCorrupt
	ClassSchema
	ClassExists
	ClassConflict // of an attempt: another commit has overtaken it
	ClassUnknownOutcome
	ClassUnavailable
	ClassUnsupported
	ClassCanceled
	ClassDeadline
	ClassRerun    // of a verb: its attempt can no longer commit and will run again
	ClassRestart  // of an attempt: it runs again to take a nested label in order
	ClassNoReturn // a callback or the body of a scan's loop panicked or exited
	ClassOther    // any other error, mostly a callback's own

	classes = iota
)

var classNames = [classes]string{
	ClassOK: "ok", ClassClosed: "closed", ClassTxDone: "tx_done", ClassReadOnly: "read_only",
	ClassOuterHandle: "outer_handle", ClassInvalid: "invalid", ClassTooLarge: "too_large", ClassCorrupt: "corrupt",
	ClassSchema: "schema", ClassExists: "exists", ClassConflict: "conflict", ClassUnknownOutcome: "unknown_outcome",
	ClassUnavailable: "unavailable", ClassUnsupported: "unsupported", ClassCanceled: "canceled",
	ClassDeadline: "deadline_exceeded", ClassRerun: "rerun", ClassRestart: "restart", ClassNoReturn: "no_return",
	ClassOther: "other",
}

// String is the stable name of the class, such as "unknown_outcome", for
// traces and metrics.
func (c Class) String() string {
	if c >= classes {
		return "unknown"
	}
	return classNames[c]
}

// Errors that only a tracer sees, and only as a class.
var (
	errNoReturn = errors.New("the callback did not return")
	errRestart  = errors.New("the attempt runs again with its labels in order")
)

// classErrors gives each error its class; the first match counts. If an error
// wraps several, what became of the operation comes before the cause.
var classErrors = []struct {
	err   error
	class Class
}{
	{errNoReturn, ClassNoReturn},
	{errRestart, ClassRestart},
	{errRerun, ClassRerun},
	{ErrUnknownOutcome, ClassUnknownOutcome},
	{ErrConflict, ClassConflict},
	{ErrClosed, ClassClosed},
	{ErrTxDone, ClassTxDone},
	{ErrReadOnly, ClassReadOnly},
	{ErrOuterHandle, ClassOuterHandle},
	{ErrInvalid, ClassInvalid},
	{ErrTooLarge, ClassTooLarge},
	{ErrCorrupt, ClassCorrupt},
	{ErrSchema, ClassSchema},
	{ErrExists, ClassExists},
	{ErrUnavailable, ClassUnavailable},
	{ErrUnsupported, ClassUnsupported},
	{context.Canceled, ClassCanceled},
	{context.DeadlineExceeded, ClassDeadline},
}

func classOf(err error) Class {
	if err == nil {
		return ClassOK
	}
	for _, one := range classErrors {
		if errors.Is(err, one.err) {
			return one.class
		}
	}
	return ClassOther
}
