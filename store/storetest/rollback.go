package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfam/keyfam/store"
)

var rollbackChecks = []check{
	{name: "T3-rollback/error", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		own := &ownError{}
		err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			e.want(ctx, tx, "session", "a", "0")
			e.ok(tx.Set(ctx, put("session", "a", "1"), put("session", "b", "1")), "Set")
			return own
		})
		e.that(err == error(own), "the callback's error came back changed: %v", err)
		e.scans(e.ctx, e.s, "session", "", "a")
		e.holds("session", "a", "0")
		e.tx("k", increment("session", "a"))
	}},
	{name: "T3-rollback/error-after-two-reads", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		own := &ownError{}
		runs := 0
		err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			runs++
			e.want(ctx, tx, "session", "a", "0")
			e.absent(ctx, tx, "session", "b")
			return own
		})
		e.that(err == error(own) && runs == 1, "the callback's error, of reads that stand, came back as %v after %d runs", err, runs)
	}},
	{name: "T3-rollback/error-of-mixed-reads", fn: func(e *env) {
		for name, read := range map[string]func(ctx context.Context, tx handle, id string) (int, error){
			"Get": func(ctx context.Context, tx handle, id string) (int, error) { return number(ctx, tx, "session", id) },
			"Scan": func(ctx context.Context, tx handle, id string) (n int, err error) {
				for r, err := range tx.Scan(ctx, "session", id) {
					if err != nil {
						return 0, err
					}
					_, err = fmt.Sscan(string(r.Value), &n)
					return n, err
				}
				return 0, nil
			},
		} {
			e.set(put("session", "x", "1"), put("session", "y", "1"))
			first := once()
			err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
				x, err := read(ctx, tx, "x")
				if err != nil {
					return err
				}
				if first() {
					e.set(put("session", "x", "2"), put("session", "y", "2"))
				}
				y, err := read(ctx, tx, "y")
				if err != nil {
					return err
				}
				if x != y {
					return errOwn
				}
				return nil
			})
			e.that(err == nil, "%s: fn's error, made of reads that do not fit together, was returned: %v", name, err)
		}
	}},
	{name: "T3-rollback/panic", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		own := &ownError{}
		func() {
			defer func() {
				e.that(recover() == any(own), "a panic did not go on unchanged")
			}()
			_ = e.s.TransactionWith(e.ctx, store.TxOptions{Labels: []string{"j", "k"}}, func(ctx context.Context, tx handle) error {
				e.ok(tx.Set(ctx, put("session", "a", "1")), "Set")
				e.ok(tx.Transaction(ctx, "n", increment("session", "b")), "nested Transaction")
				panic(own)
			})
		}()
		e.scans(e.ctx, e.s, "session", "", "a")
		e.holds("session", "a", "0")
		for _, k := range []string{"j", "k", "n"} {
			e.tx(k, increment("session", "a"))
		}
	}},
	{name: "T3-rollback/goexit", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		gone := e.start(func() {
			e.that(!e.exits(), "a Transaction returned although its callback ended the goroutine")
		})
		e.wait(gone, "a goroutine that its callback ends has ended")
		e.holds("session", "a", "0")
		for _, k := range []string{"k", "n"} {
			e.tx(k, increment("session", "a"))
		}
	}},
	{name: "T3-rollback/panic-at-the-gate", fn: func(e *env) {
		e.rebuild(&store.Options{GateWait: 2 * e.suite.patience}) // a wait at the gate counts as hanging
		runs := 0
		func() {
			defer func() { _ = recover() }()
			_ = e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
				if runs++; runs > 2 { // it has lost twice
					panic("of the callback")
				}
				if err := add(ctx, tx, "session", "n", 1); err != nil {
					return err
				}
				e.set(put("session", "n", itoa(10*runs)))
				return nil
			})
		}()
		e.counted("session", "n", 20)
		runs = 0
		e.tx("k", func(ctx context.Context, tx handle) error { // reaches the gate too
			if runs++; runs <= 2 {
				defer e.set(put("session", "n", itoa(10*runs)))
			}
			return add(ctx, tx, "session", "n", 1)
		})
		e.counted("session", "n", 21)
	}},
	{name: "T12-cancel/during-fn", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		ctx, cancel := context.WithCancel(e.ctx)
		err := e.s.Transaction(ctx, "k", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "a", 1); err != nil {
				return err
			}
			cancel()
			return nil
		})
		e.is(err, context.Canceled, "a transaction whose context ended")
		e.holds("session", "a", "0")
		e.tx("k", increment("session", "a"))
		e.counted("session", "a", 1)
	}},
	{name: "T12-cancel/before", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		ctx, cancel := context.WithCancel(e.ctx)
		cancel()
		e.is(e.s.Transaction(ctx, "k", increment("session", "a")), context.Canceled, "a transaction with an ended context")
		e.is(e.s.Transaction(ctx, "", increment("session", "a")), context.Canceled, "a transaction without a label and with an ended context")
		e.is(e.s.Set(ctx, put("session", "a", "1")), context.Canceled, "a Set with an ended context")
		e.is(e.s.Clear(ctx), context.Canceled, "a Clear with an ended context")
		e.holds("session", "a", "0")
		e.tx("k", increment("session", "a"))
	}},
	{name: "T12-cancel/during-the-commit", fn: func(e *env) { e.cancelledCommit(false) }},
	{name: "T12-cancel/during-a-slow-commit", fn: func(e *env) {
		e.rewire(true)
		e.cancelledCommit(true)
	}},
}

type ownError struct{}

// Error returns a text that no store makes.
func (*ownError) Error() string { return "the callback's own error" }

// exits runs a transaction whose callback ends the goroutine. It returns true
// if the transaction wrongly returns.
func (e *env) exits() bool {
	_ = e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
		e.ok(tx.Set(ctx, put("session", "a", "1")), "Set")
		return tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
			goexit()
			return nil
		})
	})
	return true
}

// cancelledCommit ends the caller's context while the backend commits, before
// and after the commit lands. A slow backend answers that a time limit has
// ended.
func (e *env) cancelledCommit(slow bool) {
	verbs := map[string]func(ctx context.Context) error{
		"Set":         func(ctx context.Context) error { return e.s.Set(ctx, put("session", "a", "1")) },
		"Clear":       func(ctx context.Context) error { return e.s.Clear(ctx) },
		"Transaction": func(ctx context.Context) error { return e.s.Transaction(ctx, "k", increment("session", "a")) },
	}
	for name, verb := range verbs {
		for _, late := range []bool{false, true} {
			e.set(put("session", "a", "0"))
			ctx, cancel := context.WithCancel(e.ctx)
			e.wire.on(func(c call, next func(context.Context) error) error {
				if c.kind != writing {
					return next(c.ctx)
				}
				if late {
					defer cancel()
				} else {
					cancel()
				}
				if err := next(c.ctx); err != nil || !slow {
					return err
				}
				return context.DeadlineExceeded
			})
			err := verb(ctx)
			e.wire.on(nil)
			value, ok, readErr := e.s.Get(e.ctx, "session", "a")
			e.ok(readErr, "Get")
			unchanged := ok && string(value) == "0"
			if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				e.that(unchanged, "%s answers the error of its context and was committed", name)
			}
			e.that(err != nil || !unchanged, "%s answers no error and was not committed", name)
			cancel()
		}
	}
}
