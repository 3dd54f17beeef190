package storetest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keyfam/keyfam/store"
)

// Waits are short here, and what is bounded is counted: a remote backend may
// take longer than the waits for each of its answers.
var waitChecks = []check{
	{name: "T17-retries/a-slow-callback", fn: func(e *env) {
		e.rebuild(&store.Options{GateWait: 10 * time.Millisecond, MaxAttempts: 20})
		ctx, stop := context.WithCancel(e.ctx)
		sets := e.start(func() {
			for i := 0; ctx.Err() == nil; i++ {
				e.set(put("session", "n", itoa(i)))
				time.Sleep(time.Millisecond)
			}
		})
		e.tx("", func(ctx context.Context, tx handle) error {
			if _, _, err := tx.Get(ctx, "session", "n"); err != nil {
				return err
			}
			time.Sleep(100 * time.Millisecond)
			return tx.Set(ctx, put("session", "m", "1"))
		})
		stop()
		e.wait(sets, "the loop of Sets has ended")
	}},
	{name: "T17-retries/names-the-family", fn: func(e *env) {
		e.set(put("tctoken", "x", "0"), put("session", "x", "0"))
		runs := 0
		for name, read := range map[string]txFunc{
			"Get": func(ctx context.Context, tx handle) error {
				_, _, err := tx.Get(ctx, "tctoken", "x")
				return err
			},
			"a scan": func(ctx context.Context, tx handle) error {
				_, err := collect(ctx, tx, "tctoken")
				return err
			},
		} {
			err := e.s.TransactionWith(e.ctx, store.TxOptions{MaxAttempts: 2}, func(ctx context.Context, tx handle) error {
				_, _, err := tx.Get(ctx, "session", "x")
				err = errors.Join(err, read(ctx, tx), tx.Set(ctx, put("pre-key", "n", "1")))
				runs++
				e.set(put("tctoken", "x", itoa(runs)), put("session", "unread", itoa(runs)))
				return err
			})
			e.is(err, store.ErrConflict, "a transaction that was overtaken every time")
			var named *store.Error
			e.that(errors.As(err, &named) && named.Family == "tctoken", "what changed was read by %s in the family tctoken, and the error is %q", name, err)
		}
	}},
	{name: "T29-outside-set/waits-for-itself", fn: func(e *env) {
		e.rebuild(quick())
		sets := 0
		set := func() error {
			sets++
			return e.s.Set(e.ctx, put("session", "n", itoa(sets)))
		}
		e.ok(set(), "Set")
		for name, commit := range map[string]func() error{
			"Set":         set,
			"Transaction": func() error { return e.s.Transaction(e.ctx, "", increment("session", "n")) },
			"another goroutine": func() (err error) {
				e.wait(e.start(func() { err = set() }), "a Set has ended")
				return err
			},
		} {
			runs := 0
			err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
				if runs++; runs > 10 {
					e.Fatalf("a callback that waits for itself by %s has run %d times", name, runs)
				}
				return errors.Join(add(ctx, tx, "session", "n", 1), commit())
			})
			e.is(err, store.ErrConflict, "a callback that waits for itself by "+name)
			e.tx("k", increment("session", "m"))
		}
		e.counted("session", "m", 3)
	}},
	{name: "T29-outside-set/other-commits-end-nothing", fn: func(e *env) {
		far := e.far()
		e.rebuild(&store.Options{GateWait: 5 * time.Millisecond, GateLimit: 10 * time.Millisecond})
		const lost = 8
		e.set(put("session", "n", "0"))
		runs := 0
		e.tx("k", func(ctx context.Context, tx handle) error {
			err := add(ctx, tx, "session", "n", 1)
			if runs++; runs <= lost {
				e.ok(far.Transaction(e.ctx, "", increment("session", "n")), "Transaction of another process")
				e.set(put("session", "another", itoa(runs)))
			}
			return err
		})
		e.counted("session", "n", lost+1)
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
	{name: "T19-limits/of-one-transaction", fn: func(e *env) {
		run := increment("session", "n")
		for _, o := range []store.TxOptions{{MaxAttempts: -1}, {LabelWait: -1}} {
			e.is(e.s.TransactionWith(e.ctx, o, run), store.ErrInvalid, "a transaction with a negative bound")
		}
		for _, o := range []store.TxOptions{{MaxAttempts: 1}, {LabelWait: time.Hour}, {MaxAttempts: -1}, {LabelWait: -1}} {
			e.tx("", func(ctx context.Context, tx handle) error {
				e.is(tx.TransactionWith(ctx, o, run), store.ErrInvalid, "a nested transaction with a bound")
				return nil
			})
		}
		e.lacks("session", "n")
		e.rebuild(&store.Options{MaxAttempts: 3, GateWait: time.Millisecond})
		all := 0
		e.set(put("session", "n", "0"))
		for set, want := range map[int]int{0: 3, 1: 1, 2: 2} {
			runs := 0
			err := e.s.TransactionWith(e.ctx, store.TxOptions{MaxAttempts: set}, func(ctx context.Context, tx handle) error {
				runs++
				all += 10
				err := run(ctx, tx)
				e.set(put("session", "n", itoa(all)))
				return err
			})
			e.is(err, store.ErrConflict, "a transaction that was overtaken every time")
			e.that(runs == want, "fn ran %d times, want %d: the transaction sets %d, the store 3", runs, want, set)
		}
	}},
}

// nest is a callback that nests a transaction.
func nest(label string) txFunc {
	return func(ctx context.Context, tx handle) error {
		return tx.Transaction(ctx, label, increment("session", "n"))
	}
}

// labelHeld runs f on a store with the options, while the label k is held, and
// checks that k can be had afterwards and that nothing was written.
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

// waitsAndSays runs a transaction that waits for a label in vain and checks what
// it ends with, and that the error says what it has waited for. Where it is to
// end with its context, that is cancelled once it waits.
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
