package store

import (
	"context"
	"slices"
)

// Transaction runs fn inside the transaction: it sees what was written so far
// and commits with the outermost. An error from fn undoes what fn wrote, and
// nothing else, and comes back as it is. What fn has left behind on other
// goroutines is undone with it, and answers [ErrTxDone].
//
// The label is held until the outermost transaction has ended. Where
// waiting for it could block two transactions for ever, the outermost callback
// is run again with the label taken in order, as after a conflict.
//
// Errors: as of [Store.Transaction]; [ErrReadOnly] inside a View.
func (tx *Tx) Transaction(ctx context.Context, label string, fn TxFunc) error {
	return tx.TransactionWith(ctx, TxOptions{Labels: []string{label}}, fn)
}

// TransactionWith is [Tx.Transaction] with several labels, or with none. Runs
// and waits are those of the outermost transaction: the error is [ErrInvalid] if
// an option sets more than the labels.
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

// open makes the handle of a nested transaction. Until it is closed, the end of
// the attempt undoes it.
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

// close ends the handle, undoes its writes unless the callback was good, and
// answers what the callback's caller must hear all the same.
func (tx *Tx) close(good bool) error {
	a := tx.attempt()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.alive() { // undone by the end, and the commit reads the scopes unlocked
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
	case a.doom != sound: // say at once what the commit will say
		return fail("transaction", "", a.failure)
	}
	return nil
}

// leave ends a nested transaction: what it changed is its parent's, or is undone
// together with what still runs inside of it.
func (a *attempt) leave(s *scope, good bool) {
	i := len(a.running) - 1
	for a.running[i] != s { // mostly the last
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

// call runs fn and ends the handle. Unless fn returns nil, also when it panics
// or exits, its writes are undone.
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
