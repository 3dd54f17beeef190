package store

import (
	"context"
	"errors"
	"time"
)

// Transaction runs fn and commits what it wrote, all at one point in time, if
// fn returns nil; otherwise nothing was done and fn's error comes back as it
// is. The commit checks everything that fn read, gaps between scanned records
// included, and runs fn again on fresh data if another commit has changed any
// of it. So fn may run more than once, and transactions are serializable: they
// never lose an update and never see half of one, whatever their labels.
//
// The label names no record: transactions with one label run one after the
// other, in the order in which they asked, which saves reruns. Labels belong to
// the namespace. An empty label is none.
//
// Inside fn use its own ctx and tx. The outer handle with that ctx answers
// [ErrOuterHandle], and so does a Transaction on any other namespace or store.
// What fn has started on other goroutines ends with fn: their calls answer
// [ErrTxDone], and a nested transaction that is half way is undone.
//
// Errors: fn's own; ctx's, which means that nothing was committed;
// [ErrConflict] if other commits kept coming first, or if fn waits for a commit
// outside of the transaction that changes what it has read; [ErrTooLarge] if the
// commit breaks a limit; [ErrUnknownOutcome] if the backend could not say
// whether it committed. A panic in fn rolls back and goes on.
func (s *Store) Transaction(ctx context.Context, label string, fn TxFunc) error {
	var o TxOptions
	if label != "" {
		o.Labels = []string{label}
	}
	return s.transaction(ctx, o, fn)
}

// TransactionWith is [Store.Transaction] with options: several labels, which are
// taken in sorted order, and bounds of its own.
//
// The error is [ErrInvalid] if an option is out of range.
func (s *Store) TransactionWith(ctx context.Context, o TxOptions, fn TxFunc) error {
	o.Labels = sortedLabels(o.Labels)
	return s.transaction(ctx, o, fn)
}

// TransactionValue is Transaction, of a [*Store] or a [*Tx], with a callback
// that also returns a value.
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
	outwaits uint8         // attempts lost to commits that had waited the gate out
	lost     int32         // attempts that other commits had overtaken
	slowest  time.Duration // of the attempts after the first
	verb     *operation    // the View's or Transaction's

	ticket ticket
	held   []string // sorted; changed by nested transactions under attempt.mu
	first  attempt  // most transactions have one, so it costs no allocation
	label  [1]string
	places []keptPlace // kept since a doomed attempt asked for more labels
}

// op is the verb for errors.
func (t *transaction) op() string {
	if t.readOnly {
		return "view"
	}
	return "transaction"
}

// ending of an attempt.
type ending int

const (
	ended      ending = iota // the error, or nil, is the transaction's
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

// try runs fn once, holding the gate if the transaction has lost twice.
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

// readOnlyInside says that this is a View in the callback of a transaction
// elsewhere. Between two namespaces the gates have no order, so it must not
// wait for one.
func (t *transaction) readOnlyInside(ctx context.Context) bool {
	return t.readOnly && insideAny(ctx)
}
