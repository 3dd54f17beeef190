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
					entered("the first to ask")
					return nil
				}), "Transaction")
			})
			e.wait(first.begun, "a transaction waits for the label")
			e.start(func() {
				e.ok(e.s.TransactionWith(second, store.TxOptions{}, func(ctx context.Context, tx handle) error {
					return tx.Transaction(ctx, "k", func(ctx context.Context, in handle) error {
						entered("the second to ask")
						return nil
					})
				}), "TransactionWith")
			})
			e.wait(second.begun, "a nested transaction waits for the label")
			return nil
		})
		e.tasks.Wait()
		e.that(len(order) == 2 && order[0] == "the first to ask", "the transactions entered in the order %q", order)
	}},
	{name: "T4-order/a-restart-keeps-its-place", fn: func(e *env) {
		// The transaction begins before the other asks for "a". It asks for
		// "a" itself, out of order, when the other is already waiting.
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
					entered("the second to ask")
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
				entered("the first to ask")
				return nil
			})
			if err != nil {
				first.again()
				fire(rerun)
			}
			return err
		}), "Transaction")
		e.tasks.Wait()
		e.that(len(order) == 2 && order[0] == "the first to ask", "the transactions entered in the order %q", order)
	}},
	{name: "T4-order/a-restart-keeps-its-place-meanwhile", fn: func(e *env) {
		// The label becomes free, and the other waits for it, before the
		// callback that must run again has ended.
		e.restarts(func(first, other func(), free func()) { first(); other(); free() }, "a", "a")
	}},
	{name: "T4-order/a-restart-keeps-the-place-it-held", fn: func(e *env) {
		// The other waits for the label that the restart releases.
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
				_, err = e.s.Has(e.ctx, "session", "x") // others are not kept out
				e.ok(err, "Has")
				e.set(put("session", "of others", k), put("x", "\xff", k)) // behind all that is scanned
				e.tx("another", increment("another", "x"))
				return tx.Transaction(ctx, "session", increment("x", "session"))
			}), "TransactionWith")
		}
		e.counted("session", "x", 7)
		e.counted("x", "session", 7)
		e.counted("another", "x", 7)
	}},
}

// restarts runs a transaction of label b that must restart to take label low,
// which is held. It checks that the restart enters before another transaction,
// which asked later for label wants. steps calls, in the order to be checked:
// the nested transaction, the other's request, and the end of the holder.
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
				order = append(order, "the first to ask")
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
					order = append(order, "the second to ask")
					return nil
				}), "Transaction")
			})
			e.wait(waits.begun, "the other transaction waits for its label")
		}
		steps(nest, ask, func() {
			time.Sleep(time.Millisecond) // a waiter that may enter now does
			close(freed)
			e.wait(holder, "the holder of the label has ended")
			time.Sleep(time.Millisecond)
		})
		return err
	})
	e.tasks.Wait()
	e.that(len(order) == 2 && order[0] == "the first to ask", "the transactions entered in the order %q", order)
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

// queues starts a transaction that must wait, and returns once it waits. The
// channel is closed when the transaction has ended.
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
