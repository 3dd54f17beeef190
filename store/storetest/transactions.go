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
		e.that(!e.s.InTransaction(), "InTransaction of a store is true")
		e.tx("", func(ctx context.Context, tx handle) error {
			e.that(tx.InTransaction(), "InTransaction inside is false")
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
				e.that(in.InTransaction(), "InTransaction of a nested handle is false")
				e.want(ctx, in, "session", "a", "1")
				e.absent(ctx, in, "session", "z")
				return in.Set(ctx, put("session", "b", "1"))
			})
			e.ok(err, "nested Transaction")
			e.want(ctx, tx, "session", "b", "1")
			e.scans(ctx, tx, "session", "", "a", "b")
			e.lacks("session", "b")
			return tx.TransactionKeys(ctx, []string{"c", "d"}, increment("session", "c"))
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
		// Who looks sees what was there before or what is there after.
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
					e.Fatalf("somebody saw %q of a Clear and two writes that commit at once", ids)
				}
				yield()
			}
		})
		defer close(stop)
		for range e.n(1000) {
			e.tx("", func(ctx context.Context, tx handle) error {
				if err := tx.Clear(ctx); err != nil {
					return err
				}
				return tx.Set(ctx, put("session", "a", "1"), put("session", "b", "1"))
			})
		}
	}},
	{name: "T15-clear/foreign-insert", fn: func(e *env) {
		// What others insert before the commit is cleared with the rest.
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
	{name: "T30-no-key/runs-at-once", fn: func(e *env) {
		e.ok(e.s.TransactionKeys(e.ctx, nil, func(ctx context.Context, tx handle) error {
			// Others without a key run meanwhile.
			e.ok(e.s.Transaction(e.ctx, "", increment("session", "a")), "Transaction without a key")
			e.ok(e.s.TransactionKeys(e.ctx, []string{}, increment("session", "a")), "TransactionKeys without keys")
			e.ok(e.s.TransactionKeys(e.ctx, []string{"", ""}, increment("session", "a")), "TransactionKeys of empty keys")
			return add(ctx, tx, "session", "a", 1)
		}), "TransactionKeys")
		e.counted("session", "a", 4)
	}},
	{name: "T30-no-key/is-no-key", fn: func(e *env) {
		e.tx("", func(ctx context.Context, tx handle) error {
			e.tx("", increment("session", "a"))
			return add(ctx, tx, "session", "a", 1)
		})
		e.counted("session", "a", 2)
	}},
	{name: "T30-no-key/serializable", fn: func(e *env) {
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
				e.tx("", increment("session", "a"))
			}
		})
		e.counted("session", "a", 162)
	}},
}

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
				e.that(recover() == any(own), "a panic did not go on as it was")
			}()
			_ = e.s.TransactionKeys(e.ctx, []string{"j", "k"}, func(ctx context.Context, tx handle) error {
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
			e.that(!e.exits(), "Transaction returned although its callback ended the goroutine")
		})
		e.wait(gone, "a goroutine that its callback ends has ended")
		e.holds("session", "a", "0")
		for _, k := range []string{"k", "n"} {
			e.tx(k, increment("session", "a"))
		}
	}},
	{name: "T3-rollback/panic-at-the-gate", fn: func(e *env) {
		e.rebuild(&store.Options{GateWait: 2 * e.suite.patience}) // who stops at a gate hangs
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
		e.tx("k", func(ctx context.Context, tx handle) error { // comes to the gate too
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
		e.is(e.s.Transaction(ctx, "", increment("session", "a")), context.Canceled, "a transaction without key and with an ended context")
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
		// The outermost callback returns while a nested one, on a goroutine of its
		// own, is half way. Whatever that makes of it, it has done nothing.
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
			e.wait(held, "a transaction of key a has begun")
			waits := newWaiting(e.ctx)
			e.start(func() {
				e.wait(waits.begun, "a nested transaction, or its rerun, waits for key a")
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
			e.wait(holder, "the holder of key a has ended")
			e.set(del("session", "right"))
		}
	}},
}

type ownError struct{}

// Error is what the callback says.
func (*ownError) Error() string { return "the callback's own error" }

// exits runs a transaction whose callback ends the goroutine. It must not
// return.
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
// and after the commit lands; slow backends answer the end of a time limit.
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
