// Package store keeps families of records under transactions that lose nothing,
// on the backend of your choice.
//
// A record is bytes, found by a namespace, a family and an id. A namespace is
// one account (any string, also the empty one); a family is a kind of record,
// with a name like "pre-key"; an id is any non-empty string of bytes, ordered
// bytewise. An empty value is a value: absent is what was never put or has been
// deleted, and it is not an error.
//
// Most programs use a generated package, such as generated/signalkeys, whose
// typed repositories rest on this one.
//
// # Opening
//
// Each backend is a package with an Open that returns a [*Store]: memstore in
// memory, pebblestore in a directory. [Options] set limits, demand a durability
// class and install a tracer. [Store.Namespace] gives the handle of an
// account. Stores are safe for concurrent use; one Close ends them all.
//
// # Reading and writing
//
// [Store.Get], [Store.GetMany], [Store.Has] and [Store.Scan] read committed
// records. [Store.Set] applies a [DataSet], with writes to any families, in one
// atomic commit: all of it or none. [Store.Clear] empties the namespace. You may
// keep and change the bytes that you get, and change those that you gave once
// the call has returned.
//
// # Transactions
//
// To write what depends on what you read, use [Store.Transaction]:
//
//	err := st.Transaction(ctx, "alice.0", func(ctx context.Context, tx *store.Tx) error {
//		record, ok, err := tx.Get(ctx, "session", "alice.0")
//		…
//		return tx.Set(ctx, new(store.DataSet).Put("session", "alice.0", next))
//	})
//
// These rules hold, on every backend that passes package storetest:
//
//   - Transactions are serializable. The commit checks everything the callback
//     read, records, absences and the ranges it scanned, in one step with its
//     writes. If another commit has changed any of it, the callback runs again
//     on fresh data. So it may run more than once: keep side effects out of it.
//   - The label brings order; correctness never rests on it.
//     Transactions of one namespace with the same label run one at a time, in the
//     order in which they asked. Different labels, several ([Store.TransactionWith])
//     or none are as correct and may rerun more. A label is waited for until ctx
//     ends, or for LabelWait, which ends in [ErrConflict].
//   - Nothing shows outside before the commit. An error from the callback, a
//     panic or runtime.Goexit leaves nothing behind and comes back as it was.
//   - Inside, the handle sees its own writes, reads repeat, and a read that would
//     contradict an earlier one ends the run instead.
//   - [Tx.Transaction] nests: it joins the outer transaction and commits with it.
//     Its error undoes its own writes only. Its label is held until the outermost
//     transaction ends, and nesting in any order cannot deadlock.
//   - A transaction that keeps losing goes first from its third run on; other
//     commits of this process in the namespace then wait, as long as its runs
//     have taken. MaxAttempts bounds the runs; exhausted is [ErrConflict], which
//     names the family that others kept changing. [TxOptions] set both bounds for
//     one transaction.
//   - A callback that waits for a commit outside of the transaction, which
//     changes what the callback has read, can never commit: it ends in
//     [ErrConflict] after a few runs.
//   - When the error is that of ctx, nothing was committed. A commit that has
//     begun runs to its end whatever happens to ctx. If the backend cannot say
//     whether a commit took place, the error is [ErrUnknownOutcome].
//   - A handle used after the end of its run answers [ErrTxDone].
//
// Inside a callback use its own context and handle. The store used with that
// context is [ErrOuterHandle]: it would read around the transaction or wait for
// itself. [Store.InTransaction] reports whether a context is such a one. A
// Transaction on another namespace or store is [ErrOuterHandle] too, since no
// order exists between their labels; their other verbs are fine. To go around the
// transaction on purpose, use the context from outside of the callback.
//
// [Store.View] is for reading only: one consistent state, no labels, no writes.
//
// # Errors
//
// Every error wraps one of the sentinels of this package where one fits, in an
// [*Error] that names the verb and the family. No id, value, label or namespace
// is ever part of it. Names and sizes are checked before anything else: a call
// that is refused has changed nothing.
package store
