// Package driver is what a keyfam backend implements, and what wraps one.
//
// A backend is a type with the five methods of [Driver]; users never see it,
// they hold the [github.com/keyfam/keyfam/store.Store] that store.New builds
// over it. Everything that backends have in common (labels, the overlay of a
// transaction, validation, retries, limits, error texts) is in package store,
// once. A backend answers reads with versions and applies a [Commit] if the
// versions it names still stand.
//
// # Writing one
//
// Keep the records of each namespace in one map ordered by [Key.Compare], under
// one lock. Then
//
//   - Read looks each key up and answers its bytes and version, all under one
//     hold of the lock;
//   - Scan walks from Range.From, below Range.To, and stops at the limit;
//   - Commit, under the lock, compares every [Check] and every [RangeCheck] with
//     what is there now and answers [ErrConflict] if one differs; then, still
//     under the same hold, removes what Clear removes and applies the writes,
//     giving each written record the version Commit.Stamp.
//
// That is a whole backend. Judge it with
// [github.com/keyfam/keyfam/store/storetest.Run], which has a named check for
// every rule that users rely on; nothing else counts as "it works". Package
// memstore is this description as code.
package driver
