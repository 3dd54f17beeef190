package storetest

import (
	"context"
	"sync/atomic"

	"github.com/keyfam/keyfam/store"
)

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
		// Another transaction holds the nested label, which sorts behind the
		// outer one, and then in front of it.
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
		rounds := e.rounds(100)
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

// crossed nests a→b in one goroutine and b→a in another. They meet when each
// holds its first label. In a conflict, a third changes what both have read.
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
