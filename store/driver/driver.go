package driver

import "context"

// Reader reads committed records. [Driver] has the rules.
type Reader interface {
	// Read answers keys[i] in into[i], all as of one point in time. Both
	// slices have the same length, at least 1. The driver must not keep them.
	// A key may occur more than once.
	Read(ctx context.Context, namespace string, keys []Key, into []Record) error

	// Scan answers the records that the query asks for, as of one point in time.
	// It may answer fewer than Query.Limit with Page.More set, to bound memory.
	Scan(ctx context.Context, namespace string, q Query) (Page, error)
}

// Driver is a backend: records by namespace, family and id, each with a
// version. [github.com/keyfam/keyfam/store/storetest.Run] proves one.
//
// Store calls the methods from many goroutines at once. It calls Close once,
// after all other calls have returned, and calls nothing after it. The value
// must be comparable, such as a pointer: store recognizes a backend by it. A
// driver around another one is a [Wrapper], and store looks through it. A
// namespace is any string, also the empty one; it exists while it holds a
// record.
//
// One call is one round trip. It takes effect at one point in time, and all
// calls have one order: a Read that starts after a Commit has returned sees
// it.
//
// Errors: an error wraps one of the sentinels of this package where one fits,
// and holds no id, value, namespace or connection string. Reads may end early
// with ctx's error.
type Driver interface {
	Reader

	// Commit applies c whole or not at all. The error is [ErrConflict] if a
	// check does not hold.
	//
	// After any error nothing was applied and nothing will be, except after
	// [ErrUnknownOutcome]. With Info.CertainOutcome, that is the answer only
	// to commits that run when the engine itself fails. The store is then
	// unusable; opening it again shows what was applied.
	//
	// Checks and writes are one step: no other commit comes between them. A
	// driver that flushes answers after the flush. It also answers a
	// check-only commit after the flush of what it checked.
	Commit(ctx context.Context, namespace string, c *Commit) error

	// Info describes the backend. It never changes.
	Info() Info

	// Close releases the backend.
	Close() error
}

// Snapshotter is an optional power: reads of one namespace at one fixed point
// in time. Without it, store's View validates what it read. Ask for it with
// [As].
type Snapshotter interface {
	// Snapshot returns a reader of the state now, which includes every commit
	// that has returned. The error is [ErrUnsupported] if there are no
	// snapshots after all.
	Snapshot(ctx context.Context, namespace string) (Snapshot, error)
}

// Snapshot is a [Reader] of one point in time and one namespace. Its Close is
// called once, after its other calls have returned and before the driver's.
type Snapshot interface {
	Reader
	Close() error
}

// NamespaceLister is an optional power: it names the namespaces. Ask for it
// with [As].
type NamespaceLister interface {
	// Namespaces answers, ascending, the first limit of the namespaces from the
	// one given on, itself included, that hold a record of [Visible]. Fewer than limit means that there are no more. The error is
	// [ErrUnsupported] if they cannot be named after all.
	Namespaces(ctx context.Context, from string, limit int) ([]string, error)
}
