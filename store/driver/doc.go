// Package driver is what a keyfam backend implements, and what wraps one.
//
// A backend is a type with the five methods of [Driver]. Users never see it;
// they hold the [github.com/keyfam/keyfam/store.Store] that store.New makes
// over it. What all backends have in common is in package store, once: labels,
// the overlay of a transaction, validation, retries, limits and error texts. A
// backend answers reads with versions, and applies a [Commit] if the versions
// that it names still stand.
//
// # Writing one
//
// Keep the records of each namespace in one map ordered by [Key.Compare],
// under one lock. Then
//
//   - Read looks each key up and answers its bytes and version, all under one
//     hold of the lock;
//   - Scan walks from Range.From, below Range.To, and stops at the limit;
//   - Commit compares every [Check] and every [RangeCheck] with what is stored,
//     and answers [ErrConflict] if one differs. Under the same hold of the lock
//     it removes what Clear removes and applies the writes. Each written record
//     gets the version Commit.Stamp.
//
// Info and Close complete a whole backend. Judge it with
// [github.com/keyfam/keyfam/store/storetest.Run], which has a named check for
// every rule that users rely on; nothing else counts as "it works". Package
// memstore is this description as code.
package driver
