package store

import (
	"context"
	"errors"
	"time"
)

// Transaction runs fn and commits its writes at one point in time. If fn
// returns an error, nothing is written and the error comes back unchanged.
//
// The commit checks everything that fn read, gaps between scanned records
// included. If another commit has changed any of it, fn runs again on fresh
// data. So fn may run more than once, and transactions are serializable: they
// lose no update and never see half of one, whatever their labels.
//
// The label names no record. Transactions with one label run one after the
// other, in the order in which they asked, which saves reruns. Labels belong
// to the namespace. The empty label is none.
//
// Inside fn use its own ctx and tx. The outer handle with that ctx answers
// [ErrOuterHandle], and so does a Transaction on another namespace or store.
// When fn returns, its other goroutines can no longer use tx: their calls
// answer [ErrTxDone], and a nested transaction that they have not finished is
// undone.
//
// Errors: fn's own; ctx's, which means that nothing was committed;
// [ErrConflict] if other commits kept coming first, or if fn waits for a
// commit outside of the transaction that changes what fn has read;
// [ErrTooLarge] if the commit breaks a limit; [ErrUnknownOutcome] if the
// backend cannot say whether it committed. A panic in fn undoes everything and
// goes on.
func (s *Store) Transaction(ctx context.Context, label string, fn TxFunc) error {
	var o TxOptions
	if label != "" {
		o.Labels = []string{label}
	}
	return s.transaction(ctx, o, fn)
}

// TransactionWith is [Store.Transaction] with options: several labels, which
// it takes in sorted order, and bounds for this transaction.
//
// The error is [ErrInvalid] if an option is out of range.
func (s *Store) TransactionWith(ctx context.Context, o TxOptions, fn TxFunc) error {
	o.Labels = sortedLabels(o.Labels)
	return s.transaction(ctx, o, fn)
}

// TransactionValue is Transaction with a callback that also returns a value. h
// is a [*Store] or a [*Tx].
func TransactionValue[T any](ctx context.Context, h Handle, label string, fn func(ctx context.Context, tx *Tx) (T, error)) (T, error) {
	var value T
	if fn == nil {
		return value, fail("transaction", "", errNilFunc)
	}
	err := h.Transaction(ctx, label, func(ctx context.Context, tx *Tx) (err error) {
		value, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return value, nil
}

// transaction runs fn with options whose labels are sorted.
func (s *Store) transaction(ctx context.Context, o TxOptions, fn TxFunc) (err error) {
	ctx, op := s.trace(ctx, OpTransaction, "", &err)
	defer op.end(&err)
	if err := s.enterTransaction(ctx, fn); err != nil {
		return fail("transaction", "", err)
	}
	if err := o.check(); err != nil {
		return fail("transaction", "", err)
	}
	return s.outermost(ctx, false, o, fn, op)
}

func (s *Store) enterTransaction(ctx context.Context, fn TxFunc) error {
	if ctx == nil {
		return errNilContext
	}
	if fn == nil {
		return errNilFunc
	}
	if s.engine().calls.closing.Load() {
		return ErrClosed
	}
	if insideAny(ctx) {
		return ErrOuterHandle
	}
	return nil
}

// outermost runs a transaction that is not nested in another.
func (s *Store) outermost(ctx context.Context, readOnly bool, o TxOptions, fn TxFunc, op *operation) error {
	t := &transaction{store: s.with(&o), readOnly: readOnly, verb: op}
	defer t.release()
	return t.run(ctx, o.Labels, fn)
}

// transaction is an outermost transaction: its labels and its attempts.
type transaction struct {
	store    *Store
	readOnly bool          // a View
	outwaits uint8         // attempts lost to commits that had waited at the gate in vain
	lost     int32         // attempts that lost to other commits
	slowest  time.Duration // the slowest attempt after the first
	verb     *operation    // of the View or Transaction

	ticket ticket
	held   []string // sorted; changed by nested transactions under attempt.mu
	first  attempt  // kept here: most transactions have one, without an allocation
	label  [1]string
	places []keptPlace // kept for the labels that the next attempt takes
}

// op names the verb for errors.
func (t *transaction) op() string {
	if t.readOnly {
		return "view"
	}
	return "transaction"
}

// ending is what becomes of an attempt.
type ending int

const (
	ended      ending = iota // its error, or nil, is the transaction's
	lost                     // another commit came first
	misordered               // a nested label must be taken in order
)

func (t *transaction) run(ctx context.Context, labels []string, fn TxFunc) error {
	if err := t.acquire(ctx, labels); err != nil {
		return fail(t.op(), "", err)
	}
	for {
		a, result, err := t.try(ctx, fn)
		switch result {
		case ended:
			return err
		case lost:
			if err = t.retry(ctx); errors.Is(err, ErrConflict) {
				return fail(t.op(), a.changedFamily(ctx), err)
			}
		case misordered:
			err = t.acquire(ctx, t.restart())
		}
		if err != nil {
			return fail(t.op(), "", err)
		}
	}
}

// try runs fn once. From the third attempt on it holds the gate.
func (t *transaction) try(ctx context.Context, fn TxFunc) (a *attempt, result ending, err error) {
	ctx, op := t.store.trace(ctx, OpAttempt, "", &err)
	defer func() { op.endAttempt(result, err) }()
	op.attempted(int(t.lost) + 1)
	t.verb.attempted(int(t.lost) + 1)
	a = t.newAttempt(ctx)
	if t.lost >= 2 && !t.readOnlyInside(ctx) {
		e := t.store.engine()
		held, err := e.gates.hold(ctx, t.store.settings(), e.calls.closed, t.store.namespace(), t.store.settings().gateWait, a, t.patience())
		if err != nil {
			return a, ended, fail(t.op(), "", err)
		}
		if held {
			defer e.gates.leave(t.store.namespace())
		}
		a.gated = held
	}
	if t.lost > 0 {
		start := time.Now()
		defer func() { t.slowest = max(t.slowest, time.Since(start)) }()
	}
	result, err = a.finish(ctx, a.call(fn))
	if result == lost && a.wasOutwaited() {
		t.outwaits++
	}
	return a, result, err
}

// readOnlyInside reports whether this is a View inside the callback of a
// transaction on another namespace. Gates of two namespaces have no order, so
// such a View must not wait for one.
func (t *transaction) readOnlyInside(ctx context.Context) bool {
	return t.readOnly && insideAny(ctx)
}
