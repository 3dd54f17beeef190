// Package txescape finds transaction handles that leave their callback.
//
// # Analyzer txescape
//
// txescape: a transaction's handle ends with its callback
//
// The handle that a callback gets, and every accessor, cursor or sequence made from it, is dead when the callback returns:
// keyfam answers later calls with ErrTxDone, other stores read freed memory or crash. This check reports a handle that is
// stored in a variable, field, map or slice from outside the callback, sent on a channel, returned, or used in a goroutine
// that the callback does not wait for:
//
//	var sessions signalkeys.SessionsTx
//	err := repo.Transaction(ctx, label, func(ctx context.Context, tx *signalkeys.Tx) error {
//		sessions = tx.Sessions() // keep what was read, not the handle
//		return nil
//	})
//
// Helpers in this and other packages that store, send or return what they are given are followed.
package txescape
