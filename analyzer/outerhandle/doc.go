// Package outerhandle finds uses of the outer store inside a transaction.
//
// # Analyzer outerhandle
//
// outerhandle: use the transaction's handle, not the outer one, inside the callback
//
// Inside the callback of a transaction, reads and writes through the store that the transaction was opened on go around
// it: a read does not see what the transaction wrote, a write is not rolled back with it, and a nested transaction waits
// for its own label or runs apart. keyfam answers such calls with ErrOuterHandle when they run; this check finds them
// before:
//
//	repo.Transaction(ctx, label, func(ctx context.Context, tx *signalkeys.Tx) error {
//		rec, ok, err := repo.Sessions().Get(ctx, k) // write tx.Sessions().Get
//		…
//	})
//
// The use is found directly, through fields, aliases, captured accessors, method values, and in helper functions of this
// and other packages. Another store is silent. Goroutines that the callback starts count, without a fix.
//
// The callback of a family's Update has no handle, so it can use nothing but the value that it is given.
//
// A deliberate use says why:
//
//	//famvet:ignore outerhandle the audit line must stay when this rolls back
package outerhandle
