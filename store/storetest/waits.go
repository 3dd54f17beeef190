package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/keyfam/keyfam/store"
)

// Waits are short here, and checks count attempts rather than time: each
// answer of a remote backend may take longer than the waits.
var waitChecks = []check{
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
