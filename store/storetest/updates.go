package storetest

import (
	"context"
	"strings"
)

var updateChecks = []check{
	{name: "T5-lost-update/against-a-plain-set", fn: func(e *env) {
		for _, k := range []string{"", "k"} {
			e.overtaken(k, increment("session", "n"), func() { e.set(put("session", "n", "10")) }, 11)
			e.set(del("session", "n"))
		}
	}},
	{name: "T5-lost-update/different-labels", fn: func(e *env) {
		e.overtaken("k", increment("session", "n"), func() { e.tx("j", increment("session", "n")) }, 2)
	}},
	{name: "T5-lost-update/two-handles", fn: func(e *env) {
		other := e.build(e.wire, nil)
		e.overtaken("k", increment("session", "n"), func() {
			e.ok(other.Transaction(e.ctx, "j", increment("session", "n")), "Transaction")
		}, 2)
		e.all(6, func(i int) {
			for range 30 {
				e.ok([]root{e.s, other}[i%2].Transaction(e.ctx, "k", increment("session", "n")), "Transaction")
			}
		})
		e.counted("session", "n", 182)
	}},
	{name: "T5-lost-update/nested-against-flat", fn: func(e *env) {
		nested := func(ctx context.Context, tx handle) error { return tx.Transaction(ctx, "s", increment("session", "n")) }
		e.overtaken("outer", nested, func() { e.tx("flat", increment("session", "n")) }, 2)
		e.set(put("session", "n", "0"))
		e.all(6, func(i int) {
			for range 30 {
				if i%2 == 0 {
					e.tx("s", increment("session", "n"))
				} else {
					e.tx("outer"+itoa(i), nested)
				}
			}
		})
		e.counted("session", "n", 180)
	}},
	{name: "T5-lost-update/from-another-process", fn: func(e *env) {
		far := e.far()
		e.overtaken("k", increment("session", "n"), func() {
			e.ok(far.Transaction(e.ctx, "k", increment("session", "n")), "Transaction")
		}, 2)
		e.all(4, func(i int) {
			for range 30 {
				e.ok([]root{e.s, far}[i%2].Transaction(e.ctx, "k", increment("session", "n")), "Transaction")
			}
		})
		e.counted("session", "n", 122)
	}},
	{name: "T5-lost-update/by-get-many-and-has", fn: func(e *env) {
		e.overtaken("k", func(ctx context.Context, tx handle) error {
			found, err := tx.GetMany(ctx, "session", "n", "m")
			if err != nil {
				return err
			}
			return tx.Set(ctx, put("session", "n", string(found["n"])+"1"))
		}, func() { e.set(put("session", "n", "2")) }, 21)
		e.set(del("session", "n"))
		e.overtaken("k", func(ctx context.Context, tx handle) error {
			has, err := tx.Has(ctx, "session", "m")
			if err != nil || has {
				return err
			}
			return tx.Set(ctx, put("session", "n", "99"))
		}, func() { e.set(put("session", "m", "1"), put("session", "n", "5")) }, 5)
	}},
	{name: "T5-lost-update/set-during-the-commit", fn: func(e *env) {
		for range 50 {
			e.set(put("session", "n", "0"))
			var foreign <-chan struct{}
			e.tx("k", func(ctx context.Context, tx handle) error {
				value, _, err := tx.Get(ctx, "session", "n")
				if err != nil {
					return err
				}
				if foreign == nil {
					foreign = e.start(func() { e.set(put("session", "n", "set")) })
				}
				return tx.Set(ctx, put("session", "n", string(value)+"+1"))
			})
			e.wait(foreign, "a plain Set has ended")
			value, _, err := e.s.Get(e.ctx, "session", "n")
			e.ok(err, "Get")
			e.that(strings.HasPrefix(string(value), "set"), "a plain Set during the commit of a transaction is lost: %q", value)
		}
	}},
	{name: "T5-lost-update/absent-record", fn: func(e *env) {
		e.overtaken("k", func(ctx context.Context, tx handle) error {
			n, err := number(ctx, tx, "session", "fresh")
			if err != nil {
				return err
			}
			return tx.Set(ctx, put("session", "fresh", "1"), put("session", "n", itoa(n+1)))
		}, func() { e.set(put("session", "fresh", "5")) }, 6)
	}},
}

// overtaken runs fn in a transaction that foreign overtakes once, before fn
// returns. It then checks the counter "n".
func (e *env) overtaken(label string, fn txFunc, foreign func(), want int) {
	e.t.Helper()
	first := once()
	e.tx(label, func(ctx context.Context, tx handle) error {
		err := fn(ctx, tx)
		if first() {
			foreign()
		}
		return err
	})
	e.counted("session", "n", want)
}
