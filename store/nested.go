package store

import (
	"context"
	"slices"
)

// Transaction runs fn as a nested transaction. fn sees what was written so
// far, and its writes commit with the outermost transaction. An error from fn
// undoes what fn wrote, and nothing else, and comes back unchanged. Nested
// transactions that fn leaves running on other goroutines are undone with it,
// and answer [ErrTxDone].
//
// The label is held until the outermost transaction ends. If a wait for it
// could block two transactions for ever, the outermost callback runs again,
// with the label taken in order.
//
// Errors: those of [Store.Transaction]; [ErrReadOnly] inside a View.
func (tx *Tx) Transaction(ctx context.Context, label string, fn TxFunc) error {
	return tx.TransactionWith(ctx, TxOptions{Labels: []string{label}}, fn)
}

// TransactionWith is [Tx.Transaction] with several labels, or with none.
// Attempts and waits are those of the outermost transaction: an option other
// than labels is [ErrInvalid].
func (tx *Tx) TransactionWith(ctx context.Context, o TxOptions, fn TxFunc) (err error) {
	ctx, op := tx.trace(ctx, OpTxTransaction, "", &err)
	defer op.end(&err)
	return tx.transaction(ctx, &o, fn)
}

func (tx *Tx) transaction(ctx context.Context, o *TxOptions, fn TxFunc) error {
	nested, err := tx.nest(ctx, o, fn)
	if err != nil {
		return fail("transaction", "", err)
	}
	return nested.call(ctx, fn)
}

// nest takes the labels and makes the handle of a nested transaction.
func (tx *Tx) nest(ctx context.Context, o *TxOptions, fn TxFunc) (*Tx, error) {
	if fn == nil {
		return nil, errNilFunc
	}
	if err := o.checkNested(); err != nil {
		return nil, err
	}
	if err := tx.beginWrite(ctx); err != nil {
		return nil, err
	}
	tx.attempt().mu.Unlock()
	if labels := sortedLabels(o.Labels); len(labels) > 0 {
		if err := tx.attempt().nestLabels(ctx, labels); err != nil {
			return nil, err
		}
	}
	return tx.open()
}

// open makes the handle of a nested transaction. The end of the attempt undoes
// a nested transaction that is still open.
func (tx *Tx) open() (*Tx, error) {
	a := tx.attempt()
	a.mu.Lock()
	defer a.mu.Unlock()
	if tx.over() {
		return nil, ErrTxDone
	}
	n := newTx(a, &scope{parent: tx.scope()})
	nested := &n
	a.running = append(a.running, nested.scope())
	return nested, nil
}

// close ends the handle. Unless the callback was good, it undoes the handle's
// writes. If close returns an error, that replaces what the callback returned.
func (tx *Tx) close(good bool) error {
	a := tx.attempt()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.alive() { // already undone, and the commit reads the scopes without the mutex
		if good {
			return fail("transaction", "", ErrTxDone)
		}
		return nil
	}
	tx.ended = true
	a.leave(tx.scope(), good)
	switch {
	case !good:
		return nil
	case tx.scope().undone:
		return fail("transaction", "", ErrTxDone)
	case a.doom != sound: // say now what the commit will say
		return fail("transaction", "", a.failure)
	}
	return nil
}

// leave ends a nested transaction. If it was good, its parent owns its
// changes. Otherwise they are undone, and so is every nested transaction that
// still runs inside it.
func (a *attempt) leave(s *scope, good bool) {
	i := len(a.running) - 1
	for a.running[i] != s { // mostly the last one
		i--
	}
	a.running = slices.Delete(a.running, i, i+1)
	if good {
		s.join()
		return
	}
	for _, inner := range a.running[i:] { // they began later
		if inner.inside(s) {
			a.writes.undo(inner)
		}
	}
	a.writes.undo(s)
}

// call runs fn and ends the handle. If fn returns an error, panics or exits
// its goroutine, its writes are undone.
func (tx *Tx) call(ctx context.Context, fn TxFunc) (err error) {
	good := false
	defer func() {
		if late := tx.close(good); late != nil {
			err = late
		}
	}()
	err = fn(tx.attempt().within(ctx), tx)
	good = err == nil
	return err
}
