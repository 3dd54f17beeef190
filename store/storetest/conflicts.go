package storetest

import (
	"context"
	"fmt"
	"strings"

	"github.com/keyfam/keyfam/store"
)

var conflictChecks = []check{
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
	{name: "T6-serializable/write-skew", fn: func(e *env) {
		// Both leave duty if the other stays; one must stay.
		for _, scan := range []bool{false, true} {
			e.set(put("duty", "a", "1"), put("duty", "b", "1"))
			leave := func(who string) txFunc {
				return func(ctx context.Context, tx handle) error {
					on, err := collect(ctx, tx, "duty")
					if !scan {
						found, many := tx.GetMany(ctx, "duty", "a", "b")
						on, err = make([]string, len(found)), many
					}
					if err != nil || len(on) < 2 {
						return err
					}
					return tx.Set(ctx, del("duty", who))
				}
			}
			first := once()
			e.tx("a", func(ctx context.Context, tx handle) error {
				err := leave("a")(ctx, tx)
				if first() {
					e.tx("b", leave("b"))
				}
				return err
			})
			e.that(len(e.scan(e.ctx, e.s, "duty", "")) == 1, "both have left: each saw the other stay")
		}
	}},
	{name: "T6-serializable/read-skew-writes-elsewhere", fn: func(e *env) {
		e.set(put("session", "x", "1"), put("session", "y", "1"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			x, err := number(ctx, tx, "session", "x")
			if err != nil {
				return err
			}
			if first() {
				e.tx("", func(ctx context.Context, tx handle) error {
					return tx.Set(ctx, put("session", "x", "2"), put("session", "y", "2"))
				})
			}
			y, err := number(ctx, tx, "session", "y")
			if err != nil {
				return err
			}
			return tx.Set(ctx, put("count", "sum", itoa(x+y)))
		})
		e.holds("count", "sum", "4")
	}},
	{name: "T6-serializable/phantom", fn: func(e *env) {
		for name, foreign := range map[string][]write{
			"first":       {put("session", "a", "1")},
			"between":     {put("session", "cc", "1")},
			"last":        {put("session", "zzz", "1")},
			"deleted":     {del("session", "c")},
			"exchanged":   {del("session", "c"), put("session", "cc", "1")},
			"overwritten": {put("session", "c", "2")},
		} {
			e.ok(e.s.Clear(e.ctx), "Clear")
			e.set(put("session", "b", "1"), put("session", "c", "1"), put("session", "d", "1"))
			e.seen("a phantom, "+name, foreign, func(ctx context.Context, tx handle) (string, error) {
				return sum(ctx, tx, "session", "", -1)
			})
		}
	}},
	{name: "T6-serializable/phantom-in-an-empty-range", fn: func(e *env) {
		e.set(put("session", "b", "1"))
		e.seen("a phantom in an empty family", []write{put("pre-key", "x", "1")}, func(ctx context.Context, tx handle) (string, error) {
			return sum(ctx, tx, "pre-key", "", -1)
		})
		e.seen("a phantom under an empty prefix", []write{put("session", "ab", "1")}, func(ctx context.Context, tx handle) (string, error) {
			return sum(ctx, tx, "session", "a", -1)
		})
	}},
	{name: "T6-serializable/phantom-across-pages", fn: func(e *env) {
		e.fill(e.s, "session", 2500, padded)
		for _, at := range []int{3, 40, 1000, 2499} {
			e.seen("a phantom behind record "+itoa(at), []write{put("session", padded(at)+"x", "1")}, func(ctx context.Context, tx handle) (string, error) {
				return sum(ctx, tx, "session", "", -1)
			})
		}
	}},
	{name: "T6-serializable/phantom-family", fn: func(e *env) {
		e.set(put("b", "x", "1"), put("d", "x", "1"))
		for _, family := range []string{"a", "c", "e"} {
			e.seen("a new family "+family, []write{put(family, "x", "1")}, func(ctx context.Context, tx handle) (string, error) {
				names, err := tx.Families(ctx)
				return itoa(len(names)), err
			})
			e.set(del("result", "seen"))
		}
	}},
	{name: "T6-serializable/clear-is-seen", fn: func(e *env) {
		e.set(put("session", "n", "5"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			err := add(ctx, tx, "session", "n", 1)
			if first() {
				e.ok(e.s.Clear(e.ctx), "Clear")
			}
			return err
		})
		e.counted("session", "n", 1)
	}},
	{name: "T25-stopped-scan/on-an-own-write", fn: func(e *env) {
		e.set(put("session", "m", "1"))
		e.seen("an insert before the own write at which the scan stopped", []write{put("session", "b", "1")},
			func(ctx context.Context, tx handle) (string, error) {
				if err := tx.Set(ctx, put("session", "c", "own")); err != nil {
					return "", err
				}
				return sum(ctx, tx, "session", "", 1)
			})
	}},
	{name: "T25-stopped-scan/behind-the-last-row", fn: func(e *env) {
		e.set(put("session", "a", "1"))
		e.seen("an insert between the last row and the own write at which the scan stopped", []write{put("session", "b", "1")},
			func(ctx context.Context, tx handle) (string, error) {
				if err := tx.Set(ctx, put("session", "c", "own"), put("session", "z", "own")); err != nil {
					return "", err
				}
				return sum(ctx, tx, "session", "", 2)
			})
	}},
	{name: "T25-stopped-scan/on-a-row", fn: func(e *env) {
		e.set(put("session", "b", "1"), put("session", "d", "1"), put("session", "f", "1"))
		e.seen("an insert before the row at which the scan stopped", []write{put("session", "c", "1")},
			func(ctx context.Context, tx handle) (string, error) { return sum(ctx, tx, "session", "", 2) })
		e.seen("a deletion of the row at which the scan stopped", []write{del("session", "c")},
			func(ctx context.Context, tx handle) (string, error) { return sum(ctx, tx, "session", "", 2) })
	}},
	{name: "T27-failed-read/no-commit-follows", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		reads := map[string]func(ctx context.Context, tx handle){
			"Get":      func(ctx context.Context, tx handle) { _, _, _ = tx.Get(ctx, "session", "a") },
			"Has":      func(ctx context.Context, tx handle) { _, _ = tx.Has(ctx, "session", "a") },
			"GetMany":  func(ctx context.Context, tx handle) { _, _ = tx.GetMany(ctx, "session", "a", "b") },
			"Scan":     func(ctx context.Context, tx handle) { _, _ = collect(ctx, tx, "session") },
			"Families": func(ctx context.Context, tx handle) { _, _ = tx.Families(ctx) },
			"nested": func(ctx context.Context, tx handle) {
				_ = tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
					_, _, _ = in.Get(ctx, "session", "a")
					return nil
				})
			},
		}
		for name, read := range reads {
			for _, nth := range []int{1, 2} { // of Scan, the second page
				e.failNthRead(nth)
				failed := false
				calls := e.wire.during(func() {
					err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
						read(ctx, tx)
						_ = tx.Set(ctx, put("wrong", "x", "1"))
						return nil
					})
					failed = err != nil
					if failed {
						e.is(err, errInjected, "a transaction whose "+name+" failed")
					}
				})
				e.wire.on(nil)
				if nth == 1 || name == "Scan" {
					e.that(failed && calls.writes == 0, "a transaction whose %s failed, read %d, committed", name, nth)
					e.lacks("wrong", "x")
				}
				e.set(del("wrong", "x"))
			}
		}
	}},
}

var progressChecks = []check{
	{name: "T17-retries/fresh-reads", fn: func(e *env) {
		var seen []int
		e.tx("", func(ctx context.Context, tx handle) error {
			n, err := number(ctx, tx, "session", "n")
			if err != nil {
				return err
			}
			if seen = append(seen, n); len(seen) <= 2 {
				e.set(put("session", "n", itoa(10*len(seen))))
			}
			return tx.Set(ctx, put("session", "n", itoa(n+1)))
		})
		e.that(len(seen) == 3 && seen[0] == 0 && seen[1] == 10 && seen[2] == 20, "the runs of fn read %v, want [0 10 20]", seen)
		e.counted("session", "n", 21)
	}},
	{name: "T17-retries/bounded", fn: func(e *env) {
		const most = 8
		far := e.far() // commits of this process would end it earlier: the callback waits for them
		o := quick()
		o.MaxAttempts = most
		e.rebuild(o)
		runs := 0
		err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			runs++
			err := add(ctx, tx, "session", "n", 1)
			e.ok(far.Set(e.ctx, put("session", "n", itoa(10*runs))), "Set of another process")
			if runs > 10*most {
				e.Fatalf("fn ran %d times, the limit is %d", runs, most)
			}
			return err
		})
		e.is(err, store.ErrConflict, "a transaction that was overtaken every time")
		e.that(runs == most, "fn ran %d times, the limit is %d", runs, most)
		e.counted("session", "n", 10*runs)
		e.tx("k", increment("session", "n"))
		e.counted("session", "n", 10*runs+1)
	}},
	{name: "T17-retries/hot-record", fn: func(e *env) {
		const n = 64
		rounds := e.n(50)
		e.all(n, func(i int) {
			for range rounds {
				e.tx(itoa(i), increment("session", "n"))
			}
		})
		e.counted("session", "n", n*rounds)
	}},
	{name: "T17-retries/against-plain-sets", fn: func(e *env) {
		runs := e.pressed(func(run int) write { return put("session", "n", itoa(10*run)) }, increment("session", "n"))
		e.that(runs < 50, "a transaction against plain Sets ran %d times", runs)
	}},
	{name: "T17-retries/against-loops-of-plain-sets", fn: func(e *env) {
		stop := make(chan struct{})
		for range 2 {
			e.start(func() {
				for i := range e.n(100_000) {
					select {
					case <-stop:
						return
					case <-e.ctx.Done():
						return
					default:
						e.set(put("session", "hot", itoa(i)))
						breathe()
					}
				}
			})
		}
		e.all(6, func(i int) {
			for range 5 {
				e.tx(itoa(i), func(ctx context.Context, tx handle) error {
					if _, _, err := tx.Get(ctx, "session", "hot"); err != nil {
						return err
					}
					breathe() // the loops come in between: the first may be
					breathe() // too early for them, the second is not
					return add(ctx, tx, "count", itoa(i), 1)
				})
			}
		})
		close(stop)
		e.tasks.Wait()
		for i := range 6 {
			e.counted("count", itoa(i), 5)
		}
	}},
	{name: "T17-retries/scanner-against-inserters", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		runs := e.pressed(func(run int) write { return put("session", padded(run)+"x", "1") }, func(ctx context.Context, tx handle) error {
			ids, err := collect(ctx, tx, "session")
			if err != nil {
				return err
			}
			return tx.Set(ctx, put("count", "session", itoa(len(ids))))
		})
		e.that(runs < 50, "a scanner against inserters ran %d times", runs)
	}},
}

// pressed runs fn in a transaction that, before each commit, somebody who sets
// overtakes, unless he is made to wait: then the transaction goes first.
func (e *env) pressed(foreign func(run int) write, fn txFunc) (runs int) {
	e.t.Helper()
	e.tx("k", func(ctx context.Context, tx handle) error {
		runs++
		err := fn(ctx, tx)
		waits := newWaiting(e.ctx)
		done := e.start(func() { _ = e.s.Set(waits, foreign(runs)) })
		select {
		case <-waits.begun:
		case <-done:
		}
		for range 1000 {
			select {
			case <-done:
				return err
			default:
				yield()
			}
		}
		return err
	})
	return runs
}

// overtaken runs fn in a transaction that foreign overtakes once, before fn
// returns, and checks the counter "n" after both.
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

// seen checks that a transaction that writes what it read notices the foreign
// writes that come before its commit.
func (e *env) seen(what string, foreign []write, read func(ctx context.Context, tx handle) (string, error)) {
	e.t.Helper()
	first := once()
	runs := 0
	e.tx("", func(ctx context.Context, tx handle) error {
		runs++
		found, err := read(ctx, tx)
		if err != nil {
			return err
		}
		if first() {
			e.set(foreign...)
		}
		return tx.Set(ctx, put("result", "seen", found))
	})
	e.that(runs > 1, "%s was not noticed", what)
}

// sum is the ids and values of a scan that stops after most records; -1 is all.
func sum(ctx context.Context, tx handle, family, prefix string, most int) (string, error) {
	var found strings.Builder
	for r, err := range tx.Scan(ctx, family, prefix) {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&found, "%s=%s ", r.ID, r.Value)
		if most--; most == 0 {
			break
		}
	}
	return found.String(), nil
}

// failNthRead makes the nth backend read from now fail, and only that one.
func (e *env) failNthRead(nth int) {
	from := e.wire.count().reads
	e.wire.on(func(c call, next func(context.Context) error) error {
		if c.kind == read && c.n == from+nth {
			return errInjected
		}
		return next(c.ctx)
	})
}
