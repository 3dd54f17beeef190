package store

import "context"

// Tracer is told when each operation of a store begins and ends, for traces,
// metrics and logs. Options.Tracer installs it. An operation is a verb, a run
// of a callback, a wait or a call of the backend; see [Op].
//
// Operations nest by their contexts: all that happens inside an operation, its
// callback included, has the context that Begin returned. A Tracer keeps in
// that context what it needs at the end, such as the time of the beginning.
//
// Both methods run on the goroutine of the operation, and many goroutines call
// them at once. They must be quick, must not panic, and must not use the
// store. A call with a nil context is refused and not traced.
type Tracer interface {
	// Begin returns ctx or a context derived from it. The family is "" if the
	// operation has none or several, or if its name is malformed.
	Begin(ctx context.Context, op Op, family string) context.Context
	// End is called once for each Begin, with the context that it returned,
	// also if a callback panics or exits its goroutine. An operation on a
	// goroutine that a callback has left behind may end after the callback's
	// own.
	End(ctx context.Context, r Result)
}

// Result is how an operation ended. Like all that a [Tracer] is told, it holds
// no id, value, label, namespace or directory, and no text of an error. A
// count that means nothing for the operation is 0.
type Result struct {
	Op     Op
	Family string // as given to Begin
	Class  Class
	// Attempt is the number of a run of the callback, from 1; for a View or
	// Transaction, of its last run. A restart does not count: the run after it
	// has the same number.
	Attempt int
	Keys    int // ids that a read asked for; records and ranges that a commit checked
	Rows    int // records or names that were answered
	Writes  int // puts and deletes of a Set or a commit; of a transaction, those committed. A deleted range counts as none
	Bytes   int // of the values that were answered or written
}

// TracerFunc is a [Tracer] that is told only how operations end.
type TracerFunc func(Result)

// Begin returns ctx as it is.
func (TracerFunc) Begin(ctx context.Context, _ Op, _ string) context.Context { return ctx }

// End calls f.
func (f TracerFunc) End(_ context.Context, r Result) { f(r) }
