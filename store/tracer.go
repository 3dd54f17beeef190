package store

import "context"

// Tracer is told when each operation of a store begins and ends, for traces,
// metrics and logs. Options.Tracer installs one. An operation is a verb, a run
// of a callback, a wait, or a call of the backend; see [Op].
//
// Operations nest by their contexts: what an operation does, its callback
// included, has the context that Begin returned. A Tracer keeps what it has to
// know at the end, such as the time, in that context.
//
// Both methods are called on the goroutine of the operation, from many
// goroutines at once. They must be quick, must not panic, and must not use the
// store. A call with a nil context is refused without being traced.
type Tracer interface {
	// Begin returns ctx or a context derived from it. The family is "" if the
	// operation has none or several, or if its name is malformed.
	Begin(ctx context.Context, op Op, family string) context.Context
	// End is called once for each Begin, with the context that it returned, also
	// if a callback panics or exits its goroutine. An operation of a goroutine
	// that a callback has left behind may end after the callback's.
	End(ctx context.Context, r Result)
}

// Result is how an operation ended. Like all that a [Tracer] is told, it holds no
// id, value, label, namespace or directory, and no text of an error. Counts are 0
// where they mean nothing.
type Result struct {
	Op     Op
	Family string // as given to Begin
	Class  Class
	// Attempt is the number of a run of the callback, from 1; for a View or
	// Transaction that of its last. A restart does not count: the run after it
	// has the same number.
	Attempt int
	Keys    int // ids that a read asked for; records and ranges that a commit checked
	Rows    int // records or names that were answered
	Writes  int // puts and deletes of a Set or a commit; of a transaction, those committed
	Bytes   int // of the values that were answered or written
}

// TracerFunc is a [Tracer] that is told only how operations end.
type TracerFunc func(Result)

// Begin returns ctx as it is.
func (TracerFunc) Begin(ctx context.Context, _ Op, _ string) context.Context { return ctx }

// End calls f.
func (f TracerFunc) End(_ context.Context, r Result) { f(r) }
