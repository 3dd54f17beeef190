package storetest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keyfam/keyfam/store"
)

var labelChecks = []check{
	{name: "T4-one-at-a-time/same-label", fn: func(e *env) {
		e.exclusive(func(int) root { return e.s })
	}},
	{name: "T4-one-at-a-time/two-handles", fn: func(e *env) {
		other := e.build(e.wire, nil)
		e.exclusive(func(i int) root { return []root{e.s, other, e.s.Namespace("")}[i%3] })
	}},
	{name: "T4-one-at-a-time/outsider-waits", fn: func(e *env) {
		other := e.build(e.wire, nil)
		e.tx("k", func(ctx context.Context, tx handle) error {
			for _, s := range []root{e.s, other} {
				e.queues(s, []string{"k"}, nil)
				e.queues(s, []string{"j", "k"}, nil)
			}
			return nil
		})
		e.ok(e.s.TransactionWith(e.ctx, store.TxOptions{Labels: []string{"k", "j", "k"}}, func(ctx context.Context, tx handle) error {
			e.queues(e.s, []string{"j"}, nil)
			e.queues(e.s, []string{"k"}, nil)
			e.tx("i", increment("session", "n")) // others run
			e.ok(e.s.Namespace("other").Transaction(e.ctx, "k", increment("session", "n")), "Transaction of label k in another namespace")
			return nil
		}), "TransactionWith")
	}},
	{name: "T4-order/first-come-first-served", fn: func(e *env) {
		var mu sync.Mutex
		var order []int
		e.tx("k", func(ctx context.Context, tx handle) error {
			for i := range 5 {
				waits := newWaiting(e.ctx)
				e.start(func() {
					e.ok(e.s.Transaction(waits, "k", func(ctx context.Context, tx handle) error {
						mu.Lock()
						defer mu.Unlock()
						order = append(order, i)
						return nil
					}), "Transaction")
				})
				e.wait(waits.begun, "a transaction waits for the label")
			}
			return nil
		})
		e.tasks.Wait()
		e.that(slices.Equal(order, []int{0, 1, 2, 3, 4}), "transactions that asked in the order 0 1 2 3 4 entered in the order %v", order)
	}},
	{name: "T4-order/a-nested-label-of-a-transaction-without", fn: func(e *env) {
		var mu sync.Mutex
		var order []string
		entered := func(who string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, who)
		}
		e.tx("k", func(ctx context.Context, tx handle) error {
			first, second := newWaiting(e.ctx), newWaiting(e.ctx)
			e.start(func() {
				e.ok(e.s.Transaction(first, "k", func(ctx context.Context, tx handle) error {
					entered("who asked first")
					return nil
				}), "Transaction")
			})
			e.wait(first.begun, "a transaction waits for the label")
			e.start(func() {
				e.ok(e.s.TransactionWith(second, store.TxOptions{}, func(ctx context.Context, tx handle) error {
					return tx.Transaction(ctx, "k", func(ctx context.Context, in handle) error {
						entered("who asked second")
						return nil
					})
				}), "TransactionWith")
			})
			e.wait(second.begun, "a nested transaction waits for the label")
			return nil
		})
		e.tasks.Wait()
		e.that(len(order) == 2 && order[0] == "who asked first", "entered: %q", order)
	}},
	{name: "T4-order/a-restart-keeps-its-place", fn: func(e *env) {
		// The transaction began before the other asked for "a", and asks for "a"
		// itself, out of order, only when the other is waiting.
		var mu sync.Mutex
		var order []string
		entered := func(who string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, who)
		}
		holding, free := make(chan struct{}), make(chan struct{})
		e.start(func() {
			e.tx("a", func(ctx context.Context, tx handle) error {
				fire(holding)
				e.wait(free, "the others wait for label a")
				return nil
			})
		})
		e.wait(holding, "a transaction of label a has begun")
		other, first, rerun := newWaiting(e.ctx), newWaiting(e.ctx), make(chan struct{})
		begin := once()
		began := func() {
			e.start(func() {
				e.ok(e.s.Transaction(other, "a", func(ctx context.Context, tx handle) error {
					entered("who asked second")
					return nil
				}), "Transaction")
			})
			e.wait(other.begun, "the other transaction waits for label a")
			e.start(func() {
				e.wait(rerun, "the first transaction is told to run again")
				e.wait(first.begun, "the first transaction waits for label a")
				close(free)
			})
		}
		e.ok(e.s.Transaction(first, "b", func(ctx context.Context, tx handle) error {
			if begin() {
				began()
			}
			err := tx.Transaction(ctx, "a", func(ctx context.Context, in handle) error {
				entered("who asked first")
				return nil
			})
			if err != nil {
				first.again()
				fire(rerun)
			}
			return err
		}), "Transaction")
		e.tasks.Wait()
		e.that(len(order) == 2 && order[0] == "who asked first", "entered: %q", order)
	}},
	{name: "T4-order/a-restart-keeps-its-place-meanwhile", fn: func(e *env) {
		// The label is given back before the callback that is to run again has
		// ended, and the other is waiting for it by then.
		e.restarts(func(first, other func(), free func()) { first(); other(); free() }, "a", "a")
	}},
	{name: "T4-order/a-restart-keeps-the-place-it-held", fn: func(e *env) {
		// The other waits for the label that the restart gives up.
		e.restarts(func(first, other func(), free func()) { other(); first(); e.start(free) }, "a", "b")
	}},
	{name: "T10-label-names/equal-to-what-is-read", fn: func(e *env) {
		e.set(put("session", "x", "0"), put("x", "session", "0"))
		for _, k := range []string{"session", "x", "session/x", "session\x00x", "a", "_lane", "\xff"} {
			e.ok(e.s.TransactionWith(e.ctx, store.TxOptions{Labels: []string{k, "x", "session"}}, func(ctx context.Context, tx handle) error {
				if err := add(ctx, tx, "session", "x", 1); err != nil {
					return err
				}
				_, err := sum(ctx, tx, "x", "session", -1)
				if err != nil {
					return err
				}
				_, err = e.s.Has(e.ctx, "session", "x") // nobody else is kept out
				e.ok(err, "Has")
				e.set(put("session", "of others", k), put("x", "\xff", k)) // after all that is scanned
				e.tx("another", increment("another", "x"))
				return tx.Transaction(ctx, "session", increment("x", "session"))
			}), "TransactionWith")
		}
		e.counted("session", "x", 7)
		e.counted("x", "session", 7)
		e.counted("another", "x", 7)
	}},
	{name: "T11-label-wait/ends-with-ctx", fn: func(e *env) {
		next := newWaiting(e.ctx)
		var entered <-chan struct{}
		e.tx("k", func(ctx context.Context, tx handle) error {
			for _, labels := range [][]string{{"k"}, {"a", "k", "z"}} {
				waitCtx, cancel := context.WithCancel(e.ctx)
				waits := newWaiting(waitCtx)
				gone := e.start(func() {
					err := e.s.TransactionWith(waits, store.TxOptions{Labels: labels}, func(ctx context.Context, tx handle) error {
						e.Errorf("a cancelled waiter entered")
						return nil
					})
					e.is(err, context.Canceled, "a transaction that was cancelled while it waited for a label")
				})
				e.wait(waits.begun, "a transaction waits for the label")
				if entered == nil {
					entered = e.start(func() {
						e.ok(e.s.Transaction(next, "k", increment("session", "n")), "the next in line")
					})
					e.wait(next.begun, "the next in line waits")
				}
				cancel()
				e.wait(gone, "a cancelled waiter has left")
			}
			e.tx("a", increment("session", "a")) // what it held while it waited is free
			return nil
		})
		e.wait(entered, "the next in line has entered")
		e.counted("session", "n", 1)
		for _, k := range []string{"k", "a", "z"} {
			e.tx(k, increment("session", "n"))
		}
	}},
	{name: "T11-label-wait/nested-ends-with-ctx", fn: func(e *env) {
		e.tx("k", func(ctx context.Context, tx handle) error {
			waitCtx, cancel := context.WithCancel(e.ctx)
			waits := newWaiting(waitCtx)
			gone := e.start(func() {
				err := e.s.Transaction(waits, "a", func(ctx context.Context, tx handle) error {
					if err := tx.Set(ctx, put("session", "outer", "1")); err != nil {
						return err
					}
					return tx.Transaction(ctx, "k", increment("session", "nested"))
				})
				e.is(err, context.Canceled, "a transaction that was cancelled while it waited for a nested label")
			})
			e.wait(waits.begun, "a nested transaction waits for the label")
			cancel()
			e.wait(gone, "the cancelled transaction has ended")
			e.tx("a", increment("session", "n"))
			return nil
		})
		e.tx("k", increment("session", "n"))
		e.scans(e.ctx, e.s, "session", "", "n")
	}},
	{name: "T11-label-wait/many-cancelled", fn: func(e *env) {
		e.all(8, func(i int) {
			for n := range e.n(500) {
				ctx, cancel := context.WithCancel(e.ctx)
				if (n+i)%2 == 0 {
					e.start(cancel)
				}
				_ = e.s.Transaction(ctx, "k", func(ctx context.Context, tx handle) error {
					breathe()
					return add(ctx, tx, "session", itoa(i), 1)
				})
				cancel()
			}
		})
		e.tx("k", increment("session", "n"))
	}},
}

var nestedChecks = []check{
	{name: "T8-nested-label/until-the-outermost-commit", fn: func(e *env) {
		for _, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}} {
			var outsiders []<-chan struct{}
			var open atomic.Bool
			open.Store(true)
			e.wire.on(func(c call, next func(context.Context) error) error {
				if c.kind == writing {
					defer open.Store(false)
				}
				return next(c.ctx)
			})
			e.tx(order[0], func(ctx context.Context, tx handle) error {
				e.ok(tx.Transaction(ctx, order[1], func(ctx context.Context, in handle) error {
					return in.Transaction(ctx, order[2], func(ctx context.Context, in handle) error {
						return in.Set(ctx, put("session", "n", "1"))
					})
				}), "nested Transaction")
				for _, k := range order {
					outsiders = append(outsiders, e.queues(e.s, []string{k}, func(ctx context.Context, tx handle) error {
						e.that(!open.Load(), "a transaction of label %q entered before the outermost commit", k)
						e.want(ctx, tx, "session", "n", "1")
						return nil
					}))
				}
				return nil
			})
			for _, end := range outsiders {
				e.wait(end, "a transaction that waited for a nested label has ended")
			}
			e.wire.on(nil)
			e.set(del("session", "n"))
		}
	}},
	{name: "T8-nested-label/several", fn: func(e *env) {
		e.tx("a", func(ctx context.Context, tx handle) error {
			e.ok(tx.TransactionWith(ctx, store.TxOptions{Labels: []string{"c", "b", "", "c"}}, increment("session", "n")), "nested TransactionWith")
			e.ok(tx.TransactionWith(ctx, store.TxOptions{}, increment("session", "n")), "nested TransactionWith without labels")
			e.ok(tx.Transaction(ctx, "", increment("session", "n")), "nested Transaction without a label")
			e.ok(tx.Transaction(ctx, "a", increment("session", "n")), "nested Transaction of a label that is held")
			e.queues(e.s, []string{"b"}, nil)
			e.queues(e.s, []string{"c"}, nil)
			return nil
		})
		e.counted("session", "n", 4)
	}},
	{name: "T8-nested-label/also-after-its-error", fn: func(e *env) {
		e.tx("a", func(ctx context.Context, tx handle) error {
			e.is(tx.Transaction(ctx, "b", func(ctx context.Context, in handle) error { return errOwn }), errOwn, "nested Transaction")
			e.queues(e.s, []string{"b"}, nil)
			return nil
		})
	}},
	{name: "T8-nested-label/waits-for-its-holder", fn: func(e *env) {
		// The nested label is held by another transaction, in both orders.
		for _, labels := range [][2]string{{"a", "b"}, {"b", "a"}} {
			holding, free := make(chan struct{}), make(chan struct{})
			var held atomic.Bool
			holder := e.start(func() {
				e.tx(labels[1], func(ctx context.Context, tx handle) error {
					held.Store(true)
					fire(holding)
					e.wait(free, "the nested transaction waits")
					held.Store(false)
					return add(ctx, tx, "session", "n", 1)
				})
			})
			e.wait(holding, "a transaction of the nested label has begun")
			waits := newWaiting(e.ctx)
			e.start(func() {
				e.wait(waits.begun, "the nested transaction, or its rerun, waits")
				close(free)
			})
			e.ok(e.s.Transaction(waits, labels[0], func(ctx context.Context, tx handle) error {
				return tx.Transaction(ctx, labels[1], func(ctx context.Context, in handle) error {
					e.that(!held.Load(), "a nested transaction entered while its label was held")
					return add(ctx, in, "session", "n", 1)
				})
			}), "Transaction")
			e.wait(holder, "the holder of the nested label has ended")
		}
		e.counted("session", "n", 4)
	}},
	{name: "T9-crossed-labels/end", fn: func(e *env) { e.crossed(false) }},
	{name: "T9-crossed-labels/end-in-conflict", fn: func(e *env) { e.crossed(true) }},
	{name: "T9-crossed-labels/many", fn: func(e *env) {
		labels := []string{"a", "b", "c", "d"}
		rounds := max(e.n(100), 10)
		e.all(6, func(who int) {
			for i := range rounds {
				k := func(step int) string { return labels[(who*7+i*3+step*(1+who%3))%len(labels)] }
				e.tx(k(0), func(ctx context.Context, tx handle) error {
					breathe()
					return tx.Transaction(ctx, k(1), func(ctx context.Context, in handle) error {
						if err := in.Transaction(ctx, k(2), increment("session", "n"+k(2))); err != nil {
							return err
						}
						return add(ctx, in, "session", itoa(who), 1)
					})
				})
			}
		})
		for who := range 6 {
			e.counted("session", itoa(who), rounds)
		}
		sum := 0
		for _, k := range labels {
			n, err := number(e.ctx, e.s, "session", "n"+k)
			e.ok(err, "Get")
			sum += n
		}
		e.that(sum == 6*rounds, "%d increments under nested labels left a sum of %d", 6*rounds, sum)
	}},
}

// restarts runs a transaction of label b that must run again to take label low,
// which somebody holds, and checks that it enters before another transaction of
// label wants, which asked later. In its first run steps are taken in the order
// given: the nested transaction, the other's question, the end of the holder.
func (e *env) restarts(steps func(nest, ask, free func()), low, wants string) {
	e.t.Helper()
	var mu sync.Mutex
	var order []string
	holding, freed := make(chan struct{}), make(chan struct{})
	holder := e.start(func() {
		e.tx(low, func(ctx context.Context, tx handle) error {
			fire(holding)
			e.wait(freed, "the others have asked")
			return nil
		})
	})
	e.wait(holding, "a transaction holds the label")
	begin := once()
	e.tx("b", func(ctx context.Context, tx handle) (err error) {
		nest := func() {
			err = tx.Transaction(ctx, low, func(context.Context, handle) error {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, "who asked first")
				return nil
			})
		}
		if !begin() {
			nest()
			return err
		}
		ask := func() {
			waits := newWaiting(e.ctx)
			e.start(func() {
				e.ok(e.s.Transaction(waits, wants, func(context.Context, handle) error {
					mu.Lock()
					defer mu.Unlock()
					order = append(order, "who asked second")
					return nil
				}), "Transaction")
			})
			e.wait(waits.begun, "the other transaction waits for its label")
		}
		steps(nest, ask, func() {
			time.Sleep(time.Millisecond) // whoever may enter already does
			close(freed)
			e.wait(holder, "the holder of the label has ended")
			time.Sleep(time.Millisecond)
		})
		return err
	})
	e.tasks.Wait()
	e.that(len(order) == 2 && order[0] == "who asked first", "entered: %q", order)
}

// exclusive checks that transactions of one label run one at a time.
func (e *env) exclusive(of func(i int) root) {
	var inside atomic.Int32
	e.all(6, func(i int) {
		for range 30 {
			e.ok(of(i).Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
				if inside.Add(1) != 1 {
					e.Errorf("two transactions of one label run at the same time")
				}
				err := add(ctx, tx, "session", "n", 1)
				breathe()
				inside.Add(-1)
				return err
			}), "Transaction")
		}
	})
	e.counted("session", "n", 180)
}

// queues starts a transaction that must wait, and returns when it does. The
// channel is closed when it has ended.
func (e *env) queues(s root, labels []string, fn txFunc) <-chan struct{} {
	e.t.Helper()
	waits, entered := newWaiting(e.ctx), make(chan struct{})
	enter := sync.OnceFunc(func() { close(entered) })
	end := e.start(func() {
		e.ok(s.TransactionWith(waits, store.TxOptions{Labels: labels}, func(ctx context.Context, tx handle) error {
			enter()
			if fn == nil {
				return nil
			}
			return fn(ctx, tx)
		}), "TransactionWith")
	})
	select {
	case <-waits.begun:
	case <-entered:
	case <-e.ctx.Done():
	}
	select {
	case <-entered:
		e.Errorf("a transaction of labels %q entered while another holds one of them", labels)
	default:
	}
	return end
}

// crossed nests a→b in one goroutine and b→a in another, who meet while each
// holds its first label; in conflict, a third changes what both read.
func (e *env) crossed(conflict bool) {
	for round := range 10 {
		var met [2]chan struct{}
		met[0], met[1] = make(chan struct{}), make(chan struct{})
		e.all(2, func(who int) {
			labels := []string{"a", "b"}
			meet, runs := once(), 0
			e.tx(labels[who], func(ctx context.Context, tx handle) error {
				if err := add(ctx, tx, "session", "outer", 1); err != nil {
					return err
				}
				if meet() {
					close(met[who])
					e.wait(met[1-who], "both hold their first label")
				}
				if runs++; conflict && runs <= 2 {
					e.tx("", increment("session", "nested"))
				}
				return tx.Transaction(ctx, labels[1-who], increment("session", "nested"))
			})
		})
		e.counted("session", "outer", 2*(round+1))
	}
	if !conflict {
		e.counted("session", "nested", 20)
	}
}
