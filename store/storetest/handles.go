package storetest

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

var contextChecks = []check{
	{name: "T13-outer-handle/with-the-callbacks-context", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		others := []root{e.s, e.build(e.wire, nil), e.s.Namespace("x").Namespace("")}
		try := func(ctx context.Context) {
			for _, s := range others {
				for i, err := range append(readErrors(ctx, s, "session", "a"), outerErrors(ctx, s)...) {
					e.is(err, store.ErrOuterHandle, "outer handle, call "+itoa(i))
				}
			}
		}
		e.tx("k", func(ctx context.Context, tx handle) error {
			e.want(ctx, tx, "session", "a", "0")
			try(ctx)
			derived, cancel := context.WithCancel(context.WithValue(ctx, ownKey{}, 1))
			defer cancel()
			try(derived)
			return tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
				try(ctx)
				return in.Set(ctx, put("session", "b", "1"))
			})
		})
		e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
			try(ctx)
			return nil
		}), "View")
		e.scans(e.ctx, e.s, "session", "", "a", "b")
	}, views: true},
	{name: "T13-outer-handle/other-stores-and-namespaces", fn: func(e *env) {
		other, second := e.s.Namespace("other"), e.another()
		for _, s := range []root{other, second} {
			e.tx("k", func(ctx context.Context, tx handle) error {
				e.ok(s.Set(ctx, put("session", "a", "other")), "Set elsewhere")
				e.want(ctx, s, "session", "a", "other")
				e.scans(ctx, s, "session", "", "a")
				e.gets(ctx, s, "session", []string{"a", "b"}, "a")
				e.is(s.Transaction(ctx, "x", increment("session", "n")), store.ErrOuterHandle, "Transaction elsewhere inside a callback")
				e.is(s.TransactionWith(ctx, store.TxOptions{}, increment("session", "n")), store.ErrOuterHandle, "TransactionWith elsewhere inside a callback")
				e.ok(s.Transaction(e.ctx, "x", increment("session", "m")), "Transaction elsewhere with the outside context")
				return nil
			})
			e.want(e.ctx, s, "session", "m", "1")
			e.absent(e.ctx, s, "session", "n")
		}
		e.scans(e.ctx, e.s, "session", "")
	}},
	{name: "T13-outer-handle/with-another-context", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		e.tx("k", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "1")), "Set")
			e.holds("session", "a", "0")
			e.scans(e.ctx, e.s, "session", "", "a")
			e.tx("j", increment("session", "other"))
			e.ok(e.s.View(e.ctx, func(ctx context.Context, view handle) error {
				e.want(ctx, view, "session", "a", "0")
				return nil
			}), "View")
			return nil
		})
		e.holds("session", "a", "1")
		e.counted("session", "other", 1)
	}},
	{name: "T13-outer-handle/a-context-kept-past-the-end", views: true, fn: func(e *env) {
		var kept []context.Context
		keep := func(ctx context.Context, tx handle) error {
			kept = append(kept, ctx)
			return nil
		}
		e.tx("k", func(ctx context.Context, tx handle) error {
			kept = append(kept, ctx)
			return tx.Transaction(ctx, "n", keep)
		})
		e.ok(e.s.View(e.ctx, keep), "View")
		_ = e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			kept = append(kept, ctx)
			return errOwn
		})
		for _, ctx := range kept {
			e.ok(e.s.Set(ctx, put("session", "a", "1")), "Set with a context kept past the end")
			e.want(ctx, e.s, "session", "a", "1")
			e.ok(e.s.Transaction(ctx, "k", increment("session", "n")), "Transaction with a context kept past the end")
		}
		e.counted("session", "n", len(kept))
	}},
	{name: "T13-outer-handle/in-transaction", views: true, fn: func(e *env) {
		other, second := e.s.Namespace("other"), e.another()
		in := func(ctx context.Context, handles ...handle) {
			for i, h := range handles {
				e.that(h.InTransaction(ctx), "InTransaction of handle %d is false with the context of a callback", i)
			}
		}
		out := func(ctx context.Context, handles ...handle) {
			for i, h := range handles {
				e.that(!h.InTransaction(ctx), "InTransaction of handle %d is true with a context that is of no callback of its store and namespace", i)
			}
		}
		var kept context.Context
		var ended handle
		out(e.ctx, e.s, other, second)
		e.tx("k", func(ctx context.Context, tx handle) error {
			kept, ended = ctx, tx
			same := []handle{tx, e.s, e.build(e.wire, nil), e.s.Namespace("other").Namespace("")}
			in(ctx, same...)
			in(context.WithValue(ctx, ownKey{}, 1), same...)
			out(ctx, other, second)
			out(e.ctx, same...)
			e.ok(tx.Transaction(ctx, "n", func(ctx context.Context, nested handle) error {
				in(ctx, append(same, nested)...)
				out(e.ctx, nested)
				return nil
			}), "nested Transaction")
			for _, s := range []root{other, second} {
				e.ok(s.View(ctx, func(ctx context.Context, view handle) error {
					in(ctx, append(same, s, view)...)
					return nil
				}), "View elsewhere")
				out(ctx, s)
			}
			return nil
		})
		out(kept, ended, e.s)
		e.ok(e.s.View(e.ctx, func(ctx context.Context, view handle) error {
			in(ctx, view, e.s)
			out(ctx, other)
			return nil
		}), "View")
		_ = e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
			kept, ended = ctx, tx
			return errOwn
		})
		out(kept, ended, e.s)
	}},
}

var handleChecks = []check{
	{name: "T14-after-the-end/answers-done", views: true, fn: func(e *env) {
		e.set(put("session", "a", "0"))
		kept := e.keptHandles()
		for name, h := range kept {
			calls := e.wire.during(func() {
				for i, err := range append(readErrors(e.ctx, h, "session", "a"), outerErrors(e.ctx, h)...) {
					e.is(err, store.ErrTxDone, "the handle of a transaction that ended by "+name+", call "+itoa(i))
				}
			})
			e.that(calls.total() == 0, "a handle used after its end made %d backend calls", calls.total())
		}
		e.scans(e.ctx, e.s, "session", "", "a")
	}},
	{name: "T14-after-the-end/from-another-goroutine", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		for name, h := range e.keptHandles() {
			e.wait(e.start(func() {
				_, _, err := h.Get(e.ctx, "session", "a")
				e.is(err, store.ErrTxDone, "Get after the end by "+name)
				e.is(h.Set(e.ctx, put("session", "late", "1")), store.ErrTxDone, "Set after the end by "+name)
			}), "a goroutine with a handle kept past the end has ended")
		}
		e.scans(e.ctx, e.s, "session", "", "a")
	}},
	{name: "T14-after-the-end/a-scan-that-goes-on", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		var records store.Records
		e.tx("", func(ctx context.Context, tx handle) error {
			records = tx.Scan(ctx, "session", "")
			return nil
		})
		var last error
		for _, err := range records {
			last = err
		}
		e.is(last, store.ErrTxDone, "a scan that is begun after the end")
	}},
	{name: "T14-after-the-end/earlier-attempts", fn: func(e *env) {
		e.set(put("session", "n", "0"))
		var handles []handle
		e.tx("k", func(ctx context.Context, tx handle) error {
			for _, earlier := range handles {
				e.is(earlier.Set(ctx, put("session", "stale", "1")), store.ErrTxDone, "Set through the handle of an earlier attempt")
				_, _, err := earlier.Get(ctx, "session", "n")
				e.is(err, store.ErrTxDone, "Get through the handle of an earlier attempt")
				e.is(earlier.Transaction(ctx, "", increment("session", "stale")), store.ErrTxDone, "Transaction through the handle of an earlier attempt")
			}
			handles = append(handles, tx)
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			if len(handles) <= 2 {
				e.set(put("session", "n", itoa(10*len(handles))))
			}
			return nil
		})
		e.that(len(handles) == 3, "fn ran %d times, want 3", len(handles))
		e.lacks("session", "stale")
		e.counted("session", "n", 21)
	}},
	{name: "T14-after-the-end/nested-handles", fn: func(e *env) {
		e.tx("k", func(ctx context.Context, tx handle) error {
			var kept handle
			e.ok(tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
				kept = in
				return nil
			}), "nested Transaction")
			e.is(kept.Set(ctx, put("session", "late", "1")), store.ErrTxDone, "Set through a nested handle after its end")
			return tx.Set(ctx, put("session", "a", "1"))
		})
		e.scans(e.ctx, e.s, "session", "", "a")
	}},
	{name: "T14-after-the-end/the-outer-handle-inside-a-nested", fn: func(e *env) {
		e.tx("k", func(ctx context.Context, tx handle) error {
			return tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
				e.ok(tx.Set(ctx, put("session", "a", "1")), "Set through the handle around")
				e.want(ctx, in, "session", "a", "1")
				return nil
			})
		})
		e.holds("session", "a", "1")
	}},
}

type ownKey struct{}

// outerErrors returns the error of each verb that readErrors leaves out.
func outerErrors(ctx context.Context, h handle) []error {
	fn := func(ctx context.Context, tx handle) error { return nil }
	_, families := h.Families(ctx)
	errs := []error{
		families, h.Set(ctx, put("session", "outer", "1")), h.Clear(ctx),
		h.Transaction(ctx, "k", fn), h.Transaction(ctx, "other", fn), h.TransactionWith(ctx, store.TxOptions{}, fn),
	}
	if s, ok := h.(root); ok {
		errs = append(errs, s.View(ctx, fn))
	}
	return errs
}

// keptHandles returns handles of transactions that have ended, by how they
// ended.
func (e *env) keptHandles() map[string]handle {
	kept := map[string]handle{}
	keep := func(name string, then func() error) txFunc {
		return func(ctx context.Context, tx handle) error {
			kept[name] = tx
			e.want(ctx, tx, "session", "a", "0")
			return then()
		}
	}
	fine := func() error { return nil }
	e.tx("k", keep("commit", fine))
	e.is(e.s.Transaction(e.ctx, "k", keep("error", func() error { return errOwn })), errOwn, "Transaction")
	e.ok(e.s.View(e.ctx, keep("view", fine)), "View")
	func() {
		defer func() { _ = recover() }()
		_ = e.s.Transaction(e.ctx, "k", keep("panic", func() error { panic("of the callback") }))
	}()
	e.wait(e.start(func() {
		_ = e.s.Transaction(e.ctx, "k", keep("goexit", func() error { goexit(); return nil }))
	}), "a goroutine that its callback ends has ended")
	return kept
}
