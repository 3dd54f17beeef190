package storetest

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/store"
)

var savepointChecks = []check{
	{name: "T23-savepoint/error", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "outer"), put("session", "c", "outer")), "Set")
			err := tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
				e.ok(in.Set(ctx, put("session", "a", "nested"), del("session", "b"), del("session", "c"), put("session", "d", "nested")), "Set")
				e.scans(ctx, in, "session", "", "a", "d")
				return errOwn
			})
			e.that(err == errOwn, "the nested callback's error came back changed: %v", err)
			e.want(ctx, tx, "session", "a", "outer")
			e.want(ctx, tx, "session", "b", "0")
			e.want(ctx, tx, "session", "c", "outer")
			e.absent(ctx, tx, "session", "d")
			e.scans(ctx, tx, "session", "", "a", "b", "c")
			return tx.Set(ctx, put("session", "e", "outer"))
		})
		e.scans(e.ctx, e.s, "session", "", "a", "b", "c", "e")
		e.holds("session", "a", "outer")
	}},
	{name: "T23-savepoint/clear", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "1")), "Set")
			err := tx.Transaction(ctx, "", func(ctx context.Context, in handle) error {
				e.ok(in.Clear(ctx), "Clear")
				e.ok(in.Set(ctx, put("session", "n", "1")), "Set")
				e.scans(ctx, in, "session", "", "n")
				return errOwn
			})
			e.is(err, errOwn, "nested Transaction")
			e.scans(ctx, tx, "session", "", "a", "b")
			return nil
		})
		e.scans(e.ctx, e.s, "session", "", "a", "b")
		e.holds("session", "a", "1")
	}},
	{name: "T23-savepoint/deep", fn: func(e *env) {
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Transaction(ctx, "m", func(ctx context.Context, mid handle) error {
				e.ok(mid.Transaction(ctx, "i", func(ctx context.Context, in handle) error {
					return in.Set(ctx, put("session", "inner", "1"))
				}), "nested Transaction")
				e.want(ctx, mid, "session", "inner", "1")
				return errOwn
			})
			e.is(err, errOwn, "nested Transaction")
			e.absent(ctx, tx, "session", "inner")
			e.ok(tx.Transaction(ctx, "m", func(ctx context.Context, mid handle) error {
				e.ok(mid.Set(ctx, put("session", "middle", "1")), "Set")
				e.is(mid.Transaction(ctx, "i", func(ctx context.Context, in handle) error {
					e.ok(in.Set(ctx, put("session", "middle", "2"), put("session", "inner", "2")), "Set")
					return errOwn
				}), errOwn, "nested Transaction")
				return nil
			}), "nested Transaction")
			return nil
		})
		e.scans(e.ctx, e.s, "session", "", "middle")
		e.holds("session", "middle", "1")
	}},
	{name: "T23-savepoint/panic", fn: func(e *env) {
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "outer")), "Set")
			func() {
				defer func() { _ = recover() }()
				_ = tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
					e.ok(in.Set(ctx, put("session", "a", "nested"), put("session", "b", "nested")), "Set")
					panic("of the callback")
				})
			}()
			return nil
		})
		e.scans(e.ctx, e.s, "session", "", "a")
		e.holds("session", "a", "outer")
	}},
	{name: "T23-savepoint/still-running-at-the-end", fn: func(e *env) {
		// The outermost callback returns while a nested one is half way on
		// another goroutine. However the nested one ends, it must have no
		// effect.
		for _, own := range []error{nil, errOwn} {
			half, ended := make(chan struct{}), make(chan struct{})
			var nested <-chan struct{}
			e.tx("", func(ctx context.Context, tx handle) error {
				e.ok(tx.Set(ctx, put("session", "outer", "1")), "Set")
				nested = e.start(func() {
					err := tx.Transaction(ctx, "", func(ctx context.Context, in handle) error {
						e.ok(in.Set(ctx, put("session", "half", "1")), "Set")
						close(half)
						e.wait(ended, "the outermost transaction has ended")
						e.is(in.Set(ctx, put("session", "other", "1")), store.ErrTxDone, "Set after the end")
						return own
					})
					if own == nil {
						own = store.ErrTxDone
					}
					e.is(err, own, "a nested Transaction that ended after the outermost")
				})
				e.wait(half, "the nested transaction is half way")
				return nil
			})
			close(ended)
			e.wait(nested, "the nested transaction has ended")
			e.scans(e.ctx, e.s, "session", "", "outer")
		}
	}},
	{name: "T23-savepoint/reads-stay-checked", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			seen := 0
			err := tx.Transaction(ctx, "n", func(ctx context.Context, in handle) (err error) {
				if seen, err = number(ctx, in, "session", "a"); err != nil {
					return err
				}
				return errOwn
			})
			if !errors.Is(err, errOwn) {
				return err
			}
			if first() {
				e.set(put("session", "a", "7"))
			}
			return tx.Set(ctx, put("session", "seen", itoa(seen)))
		})
		e.holds("session", "seen", "7")
	}},
	{name: "T24-restart/swallowed-conflict", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		for _, returns := range []error{nil, errOwn} {
			runs := 0
			e.tx("", func(ctx context.Context, tx handle) error {
				runs++
				if runs > 1 {
					return tx.Set(ctx, put("session", "result", "of the rerun"))
				}
				_, _, _ = tx.Get(ctx, "session", "a")
				e.set(put("session", "a", itoa(runs)), put("session", "b", itoa(runs)))
				//famvet:ignore scanerr the callback ignores what it is told, as bad callbacks do
				for range tx.Scan(ctx, "session", "") { // disagrees with the Get
				}
				_ = tx.Set(ctx, put("session", "wrong", "1"), put("session", "result", "of the first run"))
				return returns
			})
			e.that(runs > 1, "fn was not run again")
			e.holds("session", "result", "of the rerun")
			e.lacks("session", "wrong")
		}
	}},
	{name: "T24-restart/swallowed-label", fn: func(e *env) {
		for _, returns := range []error{nil, errOwn} {
			held, free := make(chan struct{}), make(chan struct{})
			holder := e.start(func() {
				e.ok(e.s.Transaction(e.ctx, "a", func(ctx context.Context, tx handle) error {
					fire(held)
					e.wait(free, "the other transaction waits")
					return nil
				}), "Transaction")
			})
			e.wait(held, "a transaction of label a has begun")
			waits := newWaiting(e.ctx)
			e.start(func() {
				e.wait(waits.begun, "a nested transaction, or its rerun, waits for label a")
				close(free)
			})
			wrong := 0
			err := e.s.Transaction(waits, "b", func(ctx context.Context, tx handle) error {
				err := tx.Transaction(ctx, "a", func(ctx context.Context, in handle) error {
					return in.Set(ctx, put("session", "right", "1"))
				})
				if err != nil {
					wrong++
					_ = tx.Set(ctx, put("session", "wrong", "1"))
					return returns
				}
				return nil
			})
			e.ok(err, "Transaction")
			e.lacks("session", "wrong")
			e.holds("session", "right", "1")
			e.wait(holder, "the holder of label a has ended")
			e.set(del("session", "right"))
		}
	}},
}
