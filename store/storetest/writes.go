package storetest

import (
	"context"
	"strconv"
	"sync/atomic"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var writeChecks = []check{
	{name: "R5-atomic-set/one-commit", fn: func(e *env) {
		calls := e.wire.during(func() {
			e.set(put("session", "a", "1"), put("sender-key", "b", "2"), put("tctoken", "c", "3"), del("device-list", "d"))
		})
		e.that(calls.writes == 1, "Set made %d commits, want 1", calls.writes)
		e.holds("session", "a", "1")
		e.holds("sender-key", "b", "2")
		e.holds("tctoken", "c", "3")
	}},
	{name: "R5-atomic-set/backend-fails", fn: func(e *env) {
		e.set(put("session", "a", "before"), put("tctoken", "c", "before"))
		for _, fails := range []int{1, 2} { // a second commit would be half of a Set
			from := e.wire.count().writes
			e.wire.on(func(c call, next func(context.Context) error) error {
				if c.kind == writing && c.n == from+fails {
					return errInjected
				}
				return next(c.ctx)
			})
			err := e.s.Set(e.ctx, put("session", "a", "after"), del("tctoken", "c"), put("sender-key", "b", "after"))
			e.wire.on(nil)
			if err == nil {
				e.that(fails == 2, "Set reports success although the backend failed")
				continue
			}
			e.is(err, errInjected, "Set")
			e.holds("session", "a", "before")
			e.holds("tctoken", "c", "before")
			e.lacks("sender-key", "b")
		}
	}},
	{name: "R5-atomic-set/backend-ends-half-way", fn: func(e *env) {
		// The backend's context ends at the nth call of its methods.
		for n := range int64(12) {
			id := strconv.Itoa(int(n))
			c := &driver.Commit{Stamp: driver.Version(n + 1), Writes: []driver.Write{
				{Key: key("a", id), Value: []byte("1")},
				{Key: key("b", id), Value: []byte("1")},
				{Key: key("c", id), Value: []byte("1")},
				{Key: key("d", id), Value: []byte("1")},
			}}
			err := e.wire.inner.Commit(newFading(e.ctx, n), "", c)
			landed := 0
			for _, family := range []string{"a", "b", "c", "d"} {
				if has, err := e.s.Has(e.ctx, family, id); err == nil && has {
					landed++
				}
			}
			e.that(landed == 0 || landed == 4, "%d of 4 writes of one commit were applied (error %v)", landed, err)
			e.that(err != nil || landed == 4, "a commit answered no error and applied nothing")
		}
	}},
	{name: "R5-atomic-set/against-readers", views: true, fn: func(e *env) {
		families := []string{"a", "b", "c", "d"}
		set := func(i int) {
			var ws []write
			for _, family := range families {
				ws = append(ws, put(family, "x", strconv.Itoa(i)))
			}
			e.set(ws...)
		}
		set(0)
		e.all(2, func(who int) {
			for i := range e.rounds(200) {
				if who == 0 {
					set(i + 1)
					continue
				}
				breathe()
				var seen []string
				err := e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
					seen = seen[:0]
					for _, family := range families {
						value, _, err := tx.Get(ctx, family, "x")
						if err != nil {
							return err
						}
						seen = append(seen, string(value))
					}
					return nil
				})
				e.ok(err, "View")
				for _, value := range seen {
					e.that(value == seen[0], "a reader saw %q of one Set beside another", seen)
				}
			}
		})
	}},
	{name: "R6-last-stands/put-and-delete", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		e.set(put("session", "a", "1"), del("session", "a"), del("session", "b"), put("session", "b", "1"), put("session", "c", "1"), put("session", "c", "2"))
		e.lacks("session", "a")
		e.holds("session", "b", "1")
		e.holds("session", "c", "2")
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Set(ctx, put("session", "a", "3"), del("session", "b"), put("session", "b", "3"), put("session", "c", "3"), del("session", "c"))
			e.want(ctx, tx, "session", "a", "3")
			e.want(ctx, tx, "session", "b", "3")
			e.absent(ctx, tx, "session", "c")
			return err
		})
		e.holds("session", "a", "3")
		e.holds("session", "b", "3")
		e.lacks("session", "c")
	}},
	{name: "R6-last-stands/commits-are-sorted", fn: func(e *env) {
		e.set(put("b", "2", "1"), put("a", "9", "1"), put("b", "1", "1"), put("b", "2", "2"), del("a", "9"), put("a", "1", ""))
		e.tx("", func(ctx context.Context, tx handle) error {
			return tx.Set(ctx, put("b", "2", "1"), put("a", "9", "1"), put("b", "1", "1"), del("a", "9"))
		})
		for _, breach := range e.wire.broken() {
			e.Errorf("the backend got %s", breach)
		}
	}},
	{name: "R6-last-stands/counts-once", fn: func(e *env) {
		e.rebuild(&store.Options{MaxCommitRecords: 2, MaxCommitBytes: 10})
		e.set(put("session", "a", "12345"), put("session", "b", "1"), put("session", "a", "1234"), del("session", "a"))
		e.scans(e.ctx, e.s, "session", "", "b")
		e.tx("", func(ctx context.Context, tx handle) error {
			return tx.Set(ctx, put("session", "a", "12345"), put("session", "b", "2"), put("session", "a", "1"), put("session", "a", "2"))
		})
		e.holds("session", "a", "2")
		e.holds("session", "b", "2")
	}},
	{name: "R6-last-stands/empty-set", fn: func(e *env) {
		calls := e.wire.during(func() {
			e.ok(e.s.Set(e.ctx), "Set of nothing")
			e.tx("", func(ctx context.Context, tx handle) error { return tx.Set(ctx) })
		})
		e.that(calls.total() == 0, "setting nothing made %d backend calls", calls.total())
	}},
	{name: "R8-delete-absent/is-no-error", fn: func(e *env) {
		e.set(del("session", "never"))
		e.set(put("session", "a", "1"))
		e.set(del("session", "a"))
		e.set(del("session", "a"), del("sender-key", "never"), put("session", "b", "1"))
		e.holds("session", "b", "1")
		e.tx("", func(ctx context.Context, tx handle) error {
			return tx.Set(ctx, del("session", "never"), del("session", "a"))
		})
		e.scans(e.ctx, e.s, "session", "", "b")
	}},
	{name: "T29-outside-set/never-hangs", fn: func(e *env) {
		first := once()
		e.tx("k", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			if first() {
				e.set(put("session", "n", "10"), put("session", "k", "1"), put("k", "k", "1"))
			}
			return nil
		})
		e.counted("session", "n", 11)
	}},
	{name: "T29-outside-set/never-hangs-at-the-gate", fn: func(e *env) {
		// From the third run on the transaction holds the gate, where each Set
		// waits in vain. One such Set may change what fn has read: a second
		// one would end in ErrConflict. So another process overtakes the last
		// two runs.
		far := e.far()
		e.rebuild(quick())
		runs := 0
		e.tx("k", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			switch runs++; {
			case runs <= 3:
				e.set(put("session", "n", strconv.Itoa(10*runs)))
			case runs <= 5:
				e.set(put("session", "other", strconv.Itoa(runs)))
				e.ok(far.Set(e.ctx, put("session", "n", strconv.Itoa(10*runs))), "Set of another process")
			}
			return nil
		})
		e.counted("session", "n", 51)
		e.that(runs == 6, "fn ran %d times, want 6: five were overtaken", runs)
	}},
	{name: "T29-outside-set/a-transaction-at-the-gate", fn: func(e *env) {
		// Both transactions lose twice and come to the gate. The one that
		// holds it has started the other and waits for it.
		e.rebuild(quick())
		runs := 0
		e.tx("k", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			if runs++; runs <= 2 {
				e.set(put("session", "n", strconv.Itoa(10*runs)))
				return nil
			}
			outside := 0
			e.ok(e.s.Transaction(e.ctx, "l", func(ctx context.Context, tx handle) error {
				if err := add(ctx, tx, "session", "m", 1); err != nil {
					return err
				}
				if outside++; outside <= 2 {
					e.set(put("session", "m", strconv.Itoa(10*outside)))
				}
				return nil
			}), "a Transaction inside with the outside ctx")
			return nil
		})
		e.counted("session", "n", 21)
		e.counted("session", "m", 21)
	}},
}

// fading is a context that ends at the nth call of Err or Done.
type fading struct {
	context.Context
	end  context.CancelFunc
	left atomic.Int64
}

func newFading(ctx context.Context, n int64) *fading {
	ctx, end := context.WithCancel(ctx)
	f := &fading{Context: ctx, end: end}
	f.left.Store(n)
	return f
}

func (f *fading) look() {
	if f.left.Add(-1) < 0 {
		f.end()
	}
}

// Err counts the call.
func (f *fading) Err() error {
	f.look()
	return f.Context.Err()
}

// Done counts the call.
func (f *fading) Done() <-chan struct{} {
	f.look()
	return f.Context.Done()
}
