// Package rerun finds callbacks that are not safe to run twice.
//
// # Analyzer rerun
//
// rerun: a transaction's callback may run more than once
//
// When what a transaction read has changed, its callback runs again on fresh data. Whatever the first run did outside the
// store stays done. This check reports what doubles:
//
//   - a variable from outside that grows from its own earlier value (n++, list = append(list, …), an entry put into a map
//     under what was read, a write to a buffer) and is not set back at the start of the callback;
//   - a batch or data set from outside to which writes are added under or because of what was read: the next run still has them;
//   - sending on a channel from outside, receiving from it, or closing it;
//   - calls that act on the world: net/http, net, net/smtp, net/rpc, os/exec, an HTTP response.
//
// For example:
//
//	var names []string
//	err := repo.Transaction(ctx, label, func(ctx context.Context, tx *signalkeys.Tx) error {
//		names = nil // without this line a second run would list every name twice
//		for e, err := range tx.Sessions().All(ctx) {
//			…
//			names = append(names, e.ID.Name)
//		}
//		return nil
//	})
package rerun
