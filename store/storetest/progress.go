package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/keyfam/keyfam/store"
)

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
		far := e.far() // commits of this process, which the callback waits for, would end it earlier
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
		rounds := e.rounds(10)
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
					breathe() // the loops commit meanwhile: the first pause may
					breathe() // be too early for them, the second is not
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
}

// pressed runs fn in a transaction and starts a Set before each of its
// commits. The Set overtakes it unless the store makes the Set wait.
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
