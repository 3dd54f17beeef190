package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfam/keyfam/store"
)

var transactionChecks = []check{
	{name: "T1-isolation/invisible-outside", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "1"), del("session", "b"), put("session", "c", "1"), put("tctoken", "d", "1")), "Set")
			e.holds("session", "a", "0")
			e.holds("session", "b", "0")
			e.lacks("session", "c")
			e.scans(e.ctx, e.s, "session", "", "a", "b")
			e.gets(e.ctx, e.s, "session", []string{"a", "b", "c"}, "a", "b")
			e.families(e.ctx, e.s, "session")
			return nil
		})
		e.holds("session", "a", "1")
		e.lacks("session", "b")
		e.holds("session", "c", "1")
		e.holds("tctoken", "d", "1")
	}},
	{name: "T1-isolation/visible-inside", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "1"), del("session", "b"), put("session", "c", "1")), "Set")
			e.want(ctx, tx, "session", "a", "1")
			e.absent(ctx, tx, "session", "b")
			e.gets(ctx, tx, "session", []string{"a", "b", "c"}, "a", "c")
			has, err := tx.Has(ctx, "session", "b")
			e.that(err == nil && !has, "Has of what was deleted inside: %v, %v", has, err)
			e.scans(ctx, tx, "session", "", "a", "c")
			e.ok(tx.Set(ctx, put("session", "b", "2")), "Set")
			e.want(ctx, tx, "session", "b", "2")
			return nil
		})
		e.holds("session", "b", "2")
	}},
	{name: "T1-isolation/one-commit", fn: func(e *env) {
		calls := e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error {
				for _, family := range []string{"a", "b", "c"} {
					if err := add(ctx, tx, family, "x", 1); err != nil {
						return err
					}
				}
				return tx.Transaction(ctx, "n", increment("d", "x"))
			})
		})
		e.that(calls.writes == 1, "a transaction made %d commits, want one", calls.writes)
		calls = e.wire.during(func() { e.tx("k", increment("a", "x")) })
		e.that(calls.total() == 2, "a read-modify-write made %d backend calls, want a read and a commit", calls.total())
	}},
	{name: "T2-repeat/same-answer", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			value, _, err := tx.Get(ctx, "session", "a")
			if err != nil {
				return err
			}
			if first() {
				e.set(put("session", "a", "1"))
			}
			e.want(ctx, tx, "session", "a", string(value))
			found, err := tx.GetMany(ctx, "session", "a")
			if err != nil {
				return err
			}
			e.that(string(found["a"]) == string(value), "Get says %q, GetMany of the same attempt %q", value, found["a"])
			return nil
		})
	}},
	{name: "T2-repeat/one-backend-read", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		calls := e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error {
				for range 3 {
					e.want(ctx, tx, "session", "a", "0")
					_, err := tx.Has(ctx, "session", "a")
					e.ok(err, "Has")
					e.gets(ctx, tx, "session", []string{"a", "a"}, "a")
				}
				return nil
			})
		})
		e.that(calls.reads == 1, "reading one record again and again made %d backend reads, want 1", calls.reads)
	}},
	{name: "T2-repeat/misses-are-remembered", fn: func(e *env) {
		first := once()
		calls := e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error {
				e.absent(ctx, tx, "session", "a")
				if first() {
					e.set(put("session", "a", "1"))
				}
				e.absent(ctx, tx, "session", "a")
				e.gets(ctx, tx, "session", []string{"a"})
				has, err := tx.Has(ctx, "session", "a")
				e.that(err == nil && !has, "Has after a miss: %v, %v", has, err)
				return nil
			})
		})
		e.that(calls.reads == 1, "a miss, asked four times, made %d backend reads, want 1", calls.reads)
	}},
	{name: "T2-repeat/many-misses-are-remembered", fn: func(e *env) {
		e.set(put("session", "b", "1"))
		calls := e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error {
				e.gets(ctx, tx, "session", []string{"a", "b", "c"}, "b")
				e.gets(ctx, tx, "session", []string{"a", "b", "c"}, "b")
				e.absent(ctx, tx, "session", "c")
				return nil
			})
		})
		e.that(calls.reads == 1, "three ids, asked for three times, made %d backend reads, want 1", calls.reads)
	}},
	{name: "T7-nested/joins", fn: func(e *env) {
		e.set(put("session", "z", "0"))
		e.tx("a", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "a", "1"), del("session", "z")), "Set")
			err := tx.Transaction(ctx, "b", func(ctx context.Context, in handle) error {
				e.want(ctx, in, "session", "a", "1")
				e.absent(ctx, in, "session", "z")
				return in.Set(ctx, put("session", "b", "1"))
			})
			e.ok(err, "nested Transaction")
			e.want(ctx, tx, "session", "b", "1")
			e.scans(ctx, tx, "session", "", "a", "b")
			e.lacks("session", "b")
			return tx.TransactionWith(ctx, store.TxOptions{Labels: []string{"c", "d"}}, increment("session", "c"))
		})
		e.scans(e.ctx, e.s, "session", "", "a", "b", "c")
	}},
	{name: "T7-nested/rolls-back-with-the-outermost", fn: func(e *env) {
		e.set(put("session", "z", "0"))
		err := e.s.Transaction(e.ctx, "a", func(ctx context.Context, tx handle) error {
			e.ok(tx.Transaction(ctx, "b", func(ctx context.Context, in handle) error {
				return in.Set(ctx, put("session", "b", "1"), del("session", "z"))
			}), "nested Transaction")
			return errOwn
		})
		e.is(err, errOwn, "Transaction")
		e.scans(e.ctx, e.s, "session", "", "z")
	}},
	{name: "T15-clear/inside", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"), put("tctoken", "c", "0"))
		calls := e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error {
				e.ok(tx.Set(ctx, put("session", "before", "1")), "Set")
				e.ok(tx.Clear(ctx), "Clear")
				e.absent(ctx, tx, "session", "a")
				e.absent(ctx, tx, "session", "before")
				e.gets(ctx, tx, "session", []string{"a", "b", "before"})
				e.scans(ctx, tx, "session", "")
				e.families(ctx, tx)
				e.ok(tx.Set(ctx, put("session", "b", "1"), put("zz", "after", "1")), "Set")
				e.scans(ctx, tx, "session", "", "b")
				e.families(ctx, tx, "session", "zz")
				e.holds("session", "a", "0")
				e.holds("tctoken", "c", "0")
				return nil
			})
		})
		e.that(calls.writes == 1, "Clear and writes inside made %d commits, want 1", calls.writes)
		e.scans(e.ctx, e.s, "session", "", "b")
		e.holds("session", "b", "1")
		e.families(e.ctx, e.s, "session", "zz")
	}},
	{name: "T15-clear/rolled-back", fn: func(e *env) {
		e.set(put("session", "a", "0"))
		err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
			e.ok(tx.Clear(ctx), "Clear")
			return errOwn
		})
		e.is(err, errOwn, "Transaction")
		e.holds("session", "a", "0")
	}},
	{name: "T15-clear/after-reads", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			ids, err := collect(ctx, tx, "session")
			if err != nil {
				return err
			}
			if first() {
				e.set(put("session", "c", "0"))
			}
			if err := tx.Clear(ctx); err != nil {
				return err
			}
			return tx.Set(ctx, put("count", "cleared", itoa(len(ids))))
		})
		e.counted("count", "cleared", 3)
		e.families(e.ctx, e.s, "count")
	}},
	{name: "T15-clear/all-at-once", fn: func(e *env) {
		// A reader sees the state before or the state after.
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		stop := make(chan struct{})
		e.start(func() {
			for range e.n(100_000) {
				select {
				case <-stop:
					return
				default:
				}
				ids := e.scan(e.ctx, e.s, "session", "")
				if len(ids) != 2 {
					e.Fatalf("a reader saw %q of a commit with a Clear and two writes", ids)
				}
				breathe()
			}
		})
		defer close(stop)
		for range e.rounds(200) {
			e.tx("", func(ctx context.Context, tx handle) error {
				if err := tx.Clear(ctx); err != nil {
					return err
				}
				return tx.Set(ctx, put("session", "a", "1"), put("session", "b", "1"))
			})
		}
	}},
	{name: "T15-clear/foreign-insert", fn: func(e *env) {
		// A record that others insert before the commit is cleared too.
		e.set(put("session", "a", "0"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Clear(ctx)
			if first() {
				e.set(put("session", "c", "0"))
			}
			return err
		})
		e.families(e.ctx, e.s)
	}},
	{name: "T16-read-only/commits-nothing", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		calls := e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error { return nil })
			e.tx("k", func(ctx context.Context, tx handle) error {
				e.want(ctx, tx, "session", "a", "0")
				return nil
			})
			e.tx("k", func(ctx context.Context, tx handle) error {
				e.want(ctx, tx, "session", "a", "0")
				e.want(ctx, tx, "session", "b", "0")
				e.scans(ctx, tx, "session", "", "a", "b")
				return nil
			})
			err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
				e.ok(tx.Set(ctx, put("session", "a", "1")), "Set")
				return errOwn
			})
			e.is(err, errOwn, "Transaction")
		})
		e.that(calls.writes == 0, "transactions without writes made %d commits that write", calls.writes)
	}},
	{name: "T16-read-only/half-of-a-set", fn: func(e *env) {
		e.set(put("session", "x", "1"), put("tctoken", "y", "1"))
		for name, second := range map[string]func(ctx context.Context, tx handle) (int, error){
			"Get": func(ctx context.Context, tx handle) (int, error) { return number(ctx, tx, "tctoken", "y") },
			"Scan": func(ctx context.Context, tx handle) (n int, err error) {
				for r, err := range tx.Scan(ctx, "tctoken", "") {
					if err != nil {
						return 0, err
					}
					_, err = fmt.Sscan(string(r.Value), &n)
					return n, err
				}
				return 0, nil
			},
		} {
			e.set(put("session", "x", "1"), put("tctoken", "y", "1"))
			first := once()
			var x, y int
			e.tx("", func(ctx context.Context, tx handle) (err error) {
				if x, err = number(ctx, tx, "session", "x"); err != nil {
					return err
				}
				if first() {
					e.set(put("session", "x", "2"), put("tctoken", "y", "2"))
				}
				y, err = second(ctx, tx)
				return err
			})
			e.that(x == y, "Get and %s: a transaction without writes saw %d of one Set beside %d of another", name, x, y)
		}
	}},
	{name: "T30-no-label/runs-at-once", fn: func(e *env) {
		e.ok(e.s.TransactionWith(e.ctx, store.TxOptions{}, func(ctx context.Context, tx handle) error {
			// Others without a label run meanwhile.
			e.ok(e.s.Transaction(e.ctx, "", increment("session", "a")), "Transaction without a label")
			e.ok(e.s.TransactionWith(e.ctx, store.TxOptions{Labels: []string{}}, increment("session", "a")), "TransactionWith without labels")
			e.ok(e.s.TransactionWith(e.ctx, store.TxOptions{Labels: []string{"", ""}}, increment("session", "a")), "TransactionWith of empty labels")
			return add(ctx, tx, "session", "a", 1)
		}), "TransactionWith")
		e.counted("session", "a", 4)
	}},
	{name: "T30-no-label/is-no-label", fn: func(e *env) {
		e.tx("", func(ctx context.Context, tx handle) error {
			e.tx("", increment("session", "a"))
			return add(ctx, tx, "session", "a", 1)
		})
		e.counted("session", "a", 2)
	}},
	{name: "T30-no-label/serializable", fn: func(e *env) {
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "a", 1); err != nil {
				return err
			}
			if first() {
				e.tx("", increment("session", "a"))
			}
			return nil
		})
		e.counted("session", "a", 2)
		e.all(8, func(int) {
			for range 20 {
				e.tx("", func(ctx context.Context, tx handle) error {
					n, err := number(ctx, tx, "session", "a")
					breathe() // the others read the same number meanwhile
					return errors.Join(err, tx.Set(ctx, put("session", "a", itoa(n+1))))
				})
			}
		})
		e.counted("session", "a", 162)
	}},
}
