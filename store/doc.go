// Package store keeps families of records under transactions that lose nothing,
// on the backend of your choice.
//
// A record is bytes, found by a namespace, a family and an id. A namespace is
// one account: any string, also the empty one. A family is a kind of record,
// with a name like "pre-key". An id is any non-empty string of bytes; ids are
// ordered bytewise. An empty value is a value. A record is absent if it was
// never put or was deleted, and that is no error.
//
// Most programs use a generated package, such as generated/signalkeys, whose
// typed repositories rest on this one.
//
// # Opening
//
// Each backend is a package with an Open that returns a [*Store]: memstore in
// memory, pebblestore in a directory. [Options] set limits, demand a durability
// and install a tracer. [Store.Namespace] gives the handle of an account.
// Stores are safe for concurrent use. One Close ends them all.
//
// # Reading and writing
//
// [Store.Get], [Store.GetMany], [Store.Has] and [Store.Scan] read committed
// records. [Store.Set] applies a [DataSet], with writes to any families, in one
// atomic commit. [Store.Clear] empties the namespace. The bytes that you get
// are yours to change; those that you gave are yours again after the call.
//
// [Store.Select] begins a [Selection]: some of a family's records, to read in
// either order, page by page, to count, or to delete in one commit.
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
// These rules hold on every backend that passes package storetest:
//
//   - Transactions are serializable. A commit checks all that the callback read:
//     records, absences, scanned and counted ranges. If another commit has changed any of
//     it, the callback runs again on fresh data. Keep side effects out of it.
//   - A label orders transactions; correctness never rests on it. Transactions
//     of one namespace with one label run one at a time, in the order in which
//     they asked. Others may rerun more. A label is waited for until ctx ends,
//     or for LabelWait, and then the error is [ErrConflict].
//   - Nothing shows outside before the commit. If the callback fails, panics or
//     exits its goroutine, nothing was written. Its error comes back unchanged.
//   - Inside, the handle sees its own writes, and reads repeat. A read that
//     would contradict an earlier one ends the run.
//   - [Tx.Transaction] nests: it commits with the outermost transaction, and its
//     error undoes its own writes only. Its label is held until the outermost
//     transaction ends. Nesting in any order cannot deadlock.
//   - A transaction that keeps losing goes first from its third run on: other
//     commits of this process in the namespace wait for it. After MaxAttempts
//     runs the error is [ErrConflict], which names the family that others kept
//     changing. [TxOptions] set both bounds for one transaction.
//   - A callback that waits for a commit outside of its transaction, which
//     changes what it has read, ends in [ErrConflict] after a few runs.
//   - If the error is that of ctx, nothing was committed. A commit that has
//     begun runs to its end whatever happens to ctx. If the backend cannot say
//     whether it committed, the error is [ErrUnknownOutcome].
//   - A handle used after the end of its run answers [ErrTxDone].
//
// Inside a callback use its own context and handle. The store used with that
// context answers [ErrOuterHandle], and so does a Transaction on any other
// namespace or store; other verbs there are fine. To go around the transaction
// on purpose, use a context from outside. [Store.View] only reads: one
// consistent state, no labels, no writes.
//
// # Errors
//
// An error wraps a sentinel of this package where one fits, in an [*Error] that
// names the verb and the family. It holds no id, value, label or namespace. A
// call with a bad name or size is refused before it changes anything.
package store

// The files, from the user down to the driver:
//
//	what users hold         store.go options.go txoptions.go dataset.go errors.go
//	the verbs of a Store    read.go reads.go scan.go listing.go set.go view.go
//	the verbs of a Tx       tx.go nested.go
//	selecting many records  selection.go selectverbs.go page.go, and on a Store
//	                        or a Tx selectsource.go
//	names and sizes         familyname.go limits.go
//
//	running a transaction   transaction.go retry.go attempt.go
//	what it has read        readset.go scanreads.go countreads.go
//	what it has written     overlay.go removals.go scope.go, with reads under it
//	                        merge.go
//	sorted sets of these    ordered.go spans.go
//	where it commits        commit.go, and on a conflict conflictfamily.go
//	how a commit ended      outcome.go, also when nobody knows
//
//	who waits for whom      labels.go heldlabels.go nestedlabels.go gate.go
//	inside which callback   txcontext.go
//	calls of the driver     readcall.go commitcall.go snapshot.go calls.go
//	what handles share      binding.go engine.go
//	what a Tracer is told   tracer.go op.go class.go operation.go tracedriver.go
//	what fmt shows          print.go
