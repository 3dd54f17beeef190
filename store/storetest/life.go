package storetest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/keyfam/keyfam/store"
)

var lifeChecks = []check{
	{name: "L1-close/waits-for-running-commits", fn: func(e *env) {
		for _, kinds := range []kind{writing, read} {
			e.prepare() // a store of its own for each
			inside, release := make(chan struct{}), make(chan struct{})
			stop := once()
			e.wire.on(func(c call, next func(context.Context) error) error {
				if c.kind == kinds && stop() {
					close(inside)
					e.wait(release, "the call may go on")
				}
				return next(c.ctx)
			})
			call := e.start(func() {
				if kinds == writing {
					e.ok(e.s.Set(e.ctx, put("session", "a", "1")), "a Set that Close waits for")
				} else {
					e.absent(e.ctx, e.s, "session", "a")
				}
			})
			e.wait(inside, "a call of the backend is under way")
			closed := e.start(func() { e.ok(e.s.Close(), "Close") })
			for tries := 0; !e.refuses(); tries++ {
				if tries > 1_000_000 {
					e.Fatalf("calls go on although Close has begun")
				}
				yield()
			}
			e.that(!e.wire.isClosed(), "Close closed the backend under a running call")
			close(release)
			e.wait(call, "the running call has ended")
			e.wait(closed, "Close has ended")
			e.that(e.wire.isClosed(), "Close left the backend open")
		}
		e.behaved()
	}},
	{name: "L1-close/then-everything-is-closed", views: true, fn: func(e *env) {
		e.set(put("session", "a", "1"))
		others := []root{e.s, e.s.Namespace("x"), e.build(e.wire, nil)}
		e.ok(e.s.Close(), "Close")
		for _, s := range others {
			for i, err := range append(readErrors(e.ctx, s, "session", "a"), outerErrors(e.ctx, s)...) {
				e.is(err, store.ErrClosed, "after Close, call "+itoa(i))
			}
			e.ok(s.Close(), "a second Close")
		}
		e.behaved()
	}},
	{name: "L1-close/inside-a-transaction", views: true, fn: func(e *env) {
		e.set(put("session", "a", "1"))
		err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "b", "1")), "Set")
			e.ok(e.s.Close(), "Close")
			_, _, err := tx.Get(ctx, "session", "a")
			e.is(err, store.ErrClosed, "Get inside after Close")
			return nil
		})
		e.that(err != nil, "a transaction committed after Close")
		e.behaved()
		e.prepare()
		err = e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
			_, _, _ = tx.Get(ctx, "session", "a")
			e.ok(e.s.Close(), "Close")
			_, _, err := tx.Get(ctx, "session", "b")
			e.is(err, store.ErrClosed, "Get inside a View after Close")
			return err
		})
		e.is(err, store.ErrClosed, "a View around Close")
		e.behaved()
	}},
	{name: "L1-close/wakes-waiters-for-labels", fn: func(e *env) {
		var waiters []<-chan struct{}
		err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			for _, labels := range [][]string{{"k"}, {"a", "k"}} {
				waits := newWaiting(e.ctx)
				waiters = append(waiters, e.start(func() {
					err := e.s.TransactionWith(waits, store.TxOptions{Labels: labels}, increment("session", "n"))
					e.is(err, store.ErrClosed, "a transaction that waited for a label when the store closed")
				}))
				e.wait(waits.begun, "a transaction waits for the label")
			}
			nested := newWaiting(e.ctx)
			waiters = append(waiters, e.start(func() {
				err := e.s.Transaction(nested, "j", func(ctx context.Context, tx handle) error {
					return tx.Transaction(ctx, "k", increment("session", "n"))
				})
				e.is(err, store.ErrClosed, "a transaction that waited for a nested label when the store closed")
			}))
			e.wait(nested.begun, "a nested transaction waits for the label")
			e.ok(e.s.Close(), "Close")
			for _, waiter := range waiters {
				e.wait(waiter, "a waiter was woken by Close")
			}
			return nil
		})
		e.that(err == nil, "a transaction that did nothing: %v", err)
		e.behaved()
	}},
	{name: "L1-close/wakes-waiters-for-the-gate", fn: func(e *env) {
		e.rebuild(&store.Options{GateWait: time.Hour})
		runs := 0
		err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			if runs++; runs <= 2 {
				e.set(put("session", "n", itoa(runs)))
				return nil
			}
			waits := newWaiting(e.ctx) // from now on, others wait for this transaction
			waiter := e.start(func() {
				if err := e.s.Set(waits, put("session", "other", "1")); err != nil {
					e.is(err, store.ErrClosed, "a Set that waited when the store closed")
				}
			})
			e.wait(waits.begun, "a Set waits for a transaction that has lost twice, or commits")
			e.ok(e.s.Close(), "Close")
			e.wait(waiter, "a waiter was woken by Close")
			return nil
		})
		e.is(err, store.ErrClosed, "a transaction that was under way when the store closed")
		e.behaved()
	}},
	{name: "L1-close/no-goroutine-stays", fn: func(e *env) {
		e.ok(e.s.Close(), "Close")
		before := goroutines()
		e.prepare()
		e.all(8, func(i int) {
			for range 20 {
				ctx, cancel := context.WithCancel(e.ctx)
				_ = e.s.Transaction(ctx, "k", func(ctx context.Context, tx handle) error {
					return tx.Transaction(ctx, "a", increment("session", "n"))
				})
				_ = e.s.View(ctx, func(ctx context.Context, tx handle) error {
					_, err := collect(ctx, tx, "session")
					return err
				})
				cancel()
			}
		})
		e.ok(e.s.Close(), "Close")
		var left []string
		for wait := time.Millisecond; wait < 10*time.Second; wait *= 2 { // others may be about to end
			if left = newSince(before); len(left) == 0 {
				return
			}
			time.Sleep(wait)
		}
		e.Errorf("%d goroutines are left after Close:\n%s", len(left), strings.Join(left, "\n\n"))
	}},
	{name: "L2-concurrent/one-store", views: true, fn: func(e *env) {
		rounds := e.rounds(60)
		e.all(8, func(who int) {
			own := itoa(who)
			s := []root{e.s, e.s.Namespace("x")}[who%2]
			for i := range rounds {
				e.ok(s.Set(e.ctx, put("session", own, itoa(i)), put("other", own+padded(i%20), "x")), "Set")
				e.want(e.ctx, s, "session", own, itoa(i))
				_, err := s.GetMany(e.ctx, "session", "0", "1", "2", "3")
				e.ok(err, "GetMany")
				e.scan(e.ctx, s, "other", own)
				e.ok(s.Transaction(e.ctx, own, func(ctx context.Context, tx handle) error {
					e.scan(ctx, tx, "other", own)
					return add(ctx, tx, "count", own, 1)
				}), "Transaction")
				if i%10 == 0 {
					_, err = s.Families(e.ctx)
					e.ok(err, "Families")
					e.ok(s.View(e.ctx, func(ctx context.Context, tx handle) error {
						e.want(ctx, tx, "session", own, itoa(i))
						return nil
					}), "View")
				}
			}
			e.want(e.ctx, s, "count", own, itoa(rounds))
		})
	}},
	{name: "L2-concurrent/one-transaction", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		rounds := e.rounds(50)
		e.tx("k", func(ctx context.Context, tx handle) error {
			var users sync.WaitGroup
			for who := range 8 {
				users.Go(func() {
					for i := range rounds {
						id := fmt.Sprintf("%d-%02d", who, i)
						e.that(tx.Set(ctx, put("own", id, "x"), del("session", padded(who*10+i%5))) == nil, "Set failed")
						e.want(ctx, tx, "own", id, "x")
						e.want(ctx, tx, "session", padded(90+who%10), itoa(90+who%10))
						_, err := collect(ctx, tx, "session")
						e.that(err == nil, "Scan: %v", err)
						err = tx.Transaction(ctx, itoa(i%3), func(ctx context.Context, in handle) error {
							return in.Set(ctx, put("nested", id, "x"))
						})
						e.that(err == nil, "nested Transaction: %v", err)
					}
				})
			}
			users.Wait()
			return nil
		})
		e.that(len(e.scan(e.ctx, e.s, "own", "")) == 8*rounds, "writes of goroutines that share a handle were lost")
		e.that(len(e.scan(e.ctx, e.s, "nested", "")) == 8*rounds, "nested writes of goroutines that share a handle were lost")
		e.that(len(e.scan(e.ctx, e.s, "session", "")) == 60, "deletions of goroutines that share a handle were lost")
	}},
	{name: "L2-concurrent/a-handle-that-ends", fn: func(e *env) {
		for range 50 {
			var late <-chan struct{}
			e.tx("k", func(ctx context.Context, tx handle) error {
				late = e.start(func() {
					for i := range 20_000 {
						if err := tx.Set(ctx, put("session", itoa(i%10), "1")); err != nil {
							e.is(err, store.ErrTxDone, "Set by a goroutine that was left behind")
							return
						}
						if _, _, err := tx.Get(ctx, "session", "x"); err != nil {
							e.is(err, store.ErrTxDone, "Get by a goroutine that was left behind")
							return
						}
						yield()
					}
					e.Errorf("a goroutine that was left behind goes on for ever")
				})
				yield()
				return nil
			})
			e.wait(late, "a goroutine that was left behind has ended")
			if e.Failed() {
				return
			}
		}
	}},
}

// goroutines returns the stack of each goroutine, by its name.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	all := map[string]string{}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		name, _, _ := strings.Cut(stack, " [") // "goroutine 7"
		all[name] = stack
	}
	return all
}

// newSince returns the goroutines that were not there before. It leaves out
// those of package testing, which may run other tests.
func newSince(before map[string]string) (left []string) {
	for name, stack := range goroutines() {
		if _, old := before[name]; !old && !strings.Contains(stack, "testing.") {
			left = append(left, stack)
		}
	}
	return left
}

// refuses reports whether the store has begun to close.
func (e *env) refuses() bool {
	_, err := e.s.Has(e.ctx, "session", "x")
	return err != nil
}

// behaved checks that the store has kept the rules that drivers rely on.
func (e *env) behaved() {
	e.t.Helper()
	for _, breach := range e.wire.broken() {
		e.Errorf("the backend got %s", breach)
	}
}
