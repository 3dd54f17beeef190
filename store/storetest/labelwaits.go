package storetest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keyfam/keyfam/store"
)

var labelWaitChecks = []check{
	{name: "T11-label-wait/ends-with-ctx", fn: func(e *env) {
		next := newWaiting(e.ctx)
		var entered <-chan struct{}
		e.tx("k", func(ctx context.Context, tx handle) error {
			for _, labels := range [][]string{{"k"}, {"a", "k", "z"}} {
				waitCtx, cancel := context.WithCancel(e.ctx)
				waits := newWaiting(waitCtx)
				gone := e.start(func() {
					err := e.s.TransactionWith(waits, store.TxOptions{Labels: labels}, func(ctx context.Context, tx handle) error {
						e.Errorf("a cancelled waiter entered")
						return nil
					})
					e.is(err, context.Canceled, "a transaction that was cancelled while it waited for a label")
				})
				e.wait(waits.begun, "a transaction waits for the label")
				if entered == nil {
					entered = e.start(func() {
						e.ok(e.s.Transaction(next, "k", increment("session", "n")), "the next in line")
					})
					e.wait(next.begun, "the next in line waits")
				}
				cancel()
				e.wait(gone, "a cancelled waiter has left")
			}
			e.tx("a", increment("session", "a")) // a label that it held while it waited is free
			return nil
		})
		e.wait(entered, "the next in line has entered")
		e.counted("session", "n", 1)
		for _, k := range []string{"k", "a", "z"} {
			e.tx(k, increment("session", "n"))
		}
	}},
	{name: "T11-label-wait/nested-ends-with-ctx", fn: func(e *env) {
		e.tx("k", func(ctx context.Context, tx handle) error {
			waitCtx, cancel := context.WithCancel(e.ctx)
			waits := newWaiting(waitCtx)
			gone := e.start(func() {
				err := e.s.Transaction(waits, "a", func(ctx context.Context, tx handle) error {
					if err := tx.Set(ctx, put("session", "outer", "1")); err != nil {
						return err
					}
					return tx.Transaction(ctx, "k", increment("session", "nested"))
				})
				e.is(err, context.Canceled, "a transaction that was cancelled while it waited for a nested label")
			})
			e.wait(waits.begun, "a nested transaction waits for the label")
			cancel()
			e.wait(gone, "the cancelled transaction has ended")
			e.tx("a", increment("session", "n"))
			return nil
		})
		e.tx("k", increment("session", "n"))
		e.scans(e.ctx, e.s, "session", "", "n")
	}},
	{name: "T11-label-wait/many-cancelled", fn: func(e *env) {
		e.all(8, func(i int) {
			for n := range e.rounds(100) {
				ctx, cancel := context.WithCancel(e.ctx)
				if (n+i)%2 == 0 {
					e.start(cancel)
				}
				_ = e.s.Transaction(ctx, "k", func(ctx context.Context, tx handle) error {
					breathe()
					return add(ctx, tx, "session", itoa(i), 1)
				})
				cancel()
			}
		})
		e.tx("k", increment("session", "n"))
	}},
	{name: "T11-label-wait/says-so", fn: func(e *env) {
		e.labelHeld(nil, func() {
			for _, labels := range [][]string{{"k"}, {"a", "k"}} {
				e.waitsAndSays(store.TxOptions{Labels: labels}, increment("session", "n"), context.Canceled)
			}
			e.waitsAndSays(store.TxOptions{Labels: []string{"a"}}, nest("k"), context.Canceled)
		})
	}},
	{name: "T11-label-wait/is-bounded", fn: func(e *env) {
		const bound = 10 * time.Millisecond
		e.labelHeld(nil, func() {
			e.waitsAndSays(store.TxOptions{Labels: []string{"a", "k"}, LabelWait: bound}, increment("session", "n"), store.ErrConflict)
			e.waitsAndSays(store.TxOptions{LabelWait: bound}, nest("k"), store.ErrConflict)
		})
		e.labelHeld(&store.Options{LabelWait: bound}, func() {
			e.waitsAndSays(store.TxOptions{Labels: []string{"k"}}, increment("session", "n"), store.ErrConflict)
			e.waitsAndSays(store.TxOptions{Labels: []string{"a"}}, nest("k"), store.ErrConflict)
		})
	}},
}

// nest returns a callback that nests a transaction.
func nest(label string) txFunc {
	return func(ctx context.Context, tx handle) error {
		return tx.Transaction(ctx, label, increment("session", "n"))
	}
}

// labelHeld runs f on a store with the options while label k is held. It
// checks that the labels are free afterwards and that nothing was written.
func (e *env) labelHeld(o *store.Options, f func()) {
	e.t.Helper()
	e.rebuild(o)
	e.tx("k", func(context.Context, handle) error {
		f()
		return nil
	})
	for _, label := range []string{"k", "a"} {
		e.tx(label, increment("free", label))
	}
	e.scans(e.ctx, e.s, "session", "")
	e.ok(e.s.Clear(e.ctx), "Clear")
}

// waitsAndSays runs a transaction that never gets its label. It checks the
// error, and that it says that this was a wait for a label. If the error is to
// be the context's, the context is cancelled once the transaction waits.
func (e *env) waitsAndSays(o store.TxOptions, fn txFunc, want error) {
	e.t.Helper()
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	waits := newWaiting(ctx)
	if errors.Is(want, context.Canceled) {
		e.start(func() {
			e.wait(waits.begun, "the transaction waits for a label")
			cancel()
		})
	}
	err := e.s.TransactionWith(waits, o, fn)
	e.is(err, want, "a transaction that waits for a label in vain")
	e.that(err != nil && strings.Contains(err.Error(), "waiting for a label"), "a transaction that waited for a label in vain does not say so: %v", err)
}
