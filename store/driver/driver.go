package driver

import "context"

// Reader reads committed records of one namespace. See [Driver] for the rules.
type Reader interface {
	// Read answers keys[i] in into[i], all as of one point in time. The slices
	// have the same length, at least 1, and are the caller's again after the
	// call. A key may occur more than once.
	Read(ctx context.Context, namespace string, keys []Key, into []Record) error

	// Scan answers the records of the range in ascending order, as of one point
	// in time, at most limit of them (at least 1). It may answer fewer with
	// Page.More set, to bound memory.
	Scan(ctx context.Context, namespace string, r Range, limit int) (Page, error)
}

// Driver is a backend: records by namespace, family and id, each with a
// version. [github.com/keyfam/keyfam/store/storetest.Run] proves one.
//
// Methods are called from many goroutines at once, but never after Close has
// been called, and Close is called once, after all other calls have returned.
// The value must be comparable (a pointer): store knows handles on one backend
// by it. A driver around another is a [Wrapper], which store looks
// through. A namespace is any string, also the empty one; it exists when it
// holds a record.
//
// One call is one round trip, and one point in time in a single order of all
// calls: a Read that starts after a Commit has returned sees it.
//
// Errors: an error wraps one of the sentinels of this package where one fits,
// and holds no id, value, namespace or connection string. Reads may end early
// with ctx's error.
type Driver interface {
	Reader

	// Commit applies c whole or not at all. The error is [ErrConflict] if a
	// check does not hold. After any error nothing was applied and nothing will
	// be, except after [ErrUnknownOutcome]. Where Info.CertainOutcome is set, that
	// is the answer only to commits under way when the engine itself fails: the
	// store is then unusable, and opening it again shows what was applied.
	//
	// Checks and application are one step: no other commit comes between them.
	// A driver that flushes acknowledges after the flush, and also answers a
	// check-only commit after the flush of what it checked.
	Commit(ctx context.Context, namespace string, c *Commit) error

	// Info describes the backend; it never changes.
	Info() Info

	// Close releases the backend.
	Close() error
}

// Snapshotter is an optional power: reads of one namespace that stay at one
// point in time. Without it, store's View validates what it read. Whoever needs
// it asks [As].
type Snapshotter interface {
	// Snapshot answers a reader of the state now. It sees every commit that has
	// returned. The error is [ErrUnsupported] if there are no snapshots after all.
	Snapshot(ctx context.Context, namespace string) (Snapshot, error)
}

// Snapshot is a [Reader] of one point in time and one namespace. Its Close is
// called once, after its other calls have returned and before the driver's.
type Snapshot interface {
	Reader
	Close() error
}

// NamespaceLister is an optional power: naming what there is. Whoever needs it
// asks [As].
type NamespaceLister interface {
	// Namespaces answers, ascending, the first limit of the namespaces from the
	// one given on, itself included, that hold a record of a family that does not
	// start with '_'. Fewer than limit means that there are no more. The error is
	// [ErrUnsupported] if they cannot be named after all.
	Namespaces(ctx context.Context, from string, limit int) ([]string, error)
}
