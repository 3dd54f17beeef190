package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// layer is a driver.Wrapper that counts the calls of the methods that every
// driver has. It has no optional power itself.
type layer struct {
	driver.Driver
	reads, commits atomic.Int32
}

func (l *layer) Unwrap() driver.Driver { return l.Driver }

func (l *layer) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	l.reads.Add(1)
	return l.Driver.Read(ctx, namespace, keys, into)
}

func (l *layer) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	l.reads.Add(1)
	return l.Driver.Scan(ctx, namespace, q)
}

func (l *layer) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	l.commits.Add(1)
	return l.Driver.Commit(ctx, namespace, c)
}

// withholding has the methods of the optional powers and supports none.
type withholding struct{ layer }

func (*withholding) Snapshot(context.Context, string) (driver.Snapshot, error) {
	return nil, driver.ErrUnsupported
}

func (*withholding) Namespaces(context.Context, string, int) ([]string, error) {
	return nil, driver.ErrUnsupported
}

// ways returns stores over one backend: bare, wrapped, wrapped by the option,
// and wrapped twice.
func (e *env) ways(o store.Options) []root {
	by := o
	by.Wrap = func(_ context.Context, d driver.Driver) (driver.Driver, error) { return &layer{Driver: d}, nil }
	return []root{
		e.build(e.wire, &o), e.build(&layer{Driver: e.wire}, &o),
		e.build(e.wire, &by), e.build(&layer{Driver: &layer{Driver: e.wire}}, &o),
	}
}

var wrappedChecks = []check{
	{name: "L3-wrapped/labels", fn: func(e *env) {
		ways := e.ways(store.Options{})
		e.exclusive(func(i int) root { return ways[i%len(ways)] })
		for _, s := range ways {
			e.ok(s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
				for _, other := range ways {
					e.queues(other, []string{"k"}, nil)
				}
				return nil
			}), "Transaction")
		}
	}},
	{name: "L3-wrapped/gate", fn: func(e *env) {
		ways := e.ways(store.Options{GateWait: time.Hour})
		for _, s := range ways {
			e.holdsBack(s, ways)
		}
	}},
	{name: "L3-wrapped/outer-handle", views: true, fn: func(e *env) {
		ways := e.ways(store.Options{})
		try := func(ctx context.Context, tx handle) error {
			for _, s := range ways {
				for i, err := range append(readErrors(ctx, s, "session", "a"), outerErrors(ctx, s)...) {
					e.is(err, store.ErrOuterHandle, "outer handle, call "+itoa(i))
				}
			}
			return nil
		}
		for _, s := range ways {
			e.ok(s.Transaction(e.ctx, "k", try), "Transaction")
			e.ok(s.View(e.ctx, try), "View")
		}
		e.scans(e.ctx, e.s, "session", "")
	}},
	{name: "L3-wrapped/close", fn: func(e *env) {
		for first := range len(e.ways(store.Options{})) {
			e.prepare() // a backend of its own for each
			ways := e.ways(store.Options{})
			e.ok(ways[first].Close(), "Close")
			for _, s := range ways {
				for i, err := range append(readErrors(e.ctx, s, "session", "a"), outerErrors(e.ctx, s)...) {
					e.is(err, store.ErrClosed, "after Close, call "+itoa(i))
				}
				e.ok(s.Close(), "Close of another store on the backend")
			}
			e.that(e.wire.isClosed(), "Close left the backend open")
			e.behaved()
		}
	}},
	{name: "L3-wrapped/own-calls", fn: func(e *env) {
		one, two := &layer{Driver: e.wire}, &layer{Driver: e.wire}
		through := []*layer{one, two}
		for i, s := range []root{e.build(one, nil), e.build(two, nil)} {
			mine, other := through[i], through[1-i]
			read, committed := other.reads.Load(), other.commits.Load()
			for name, call := range callsOf(e.ctx, s) {
				reads, commits := mine.reads.Load(), mine.commits.Load()
				e.ok(call(), name)
				e.that(mine.reads.Load() > reads || mine.commits.Load() > commits, "%s did not call through the store's wrapper", name)
			}
			e.that(other.reads.Load() == read && other.commits.Load() == committed, "a store called through another's wrapper")
		}
	}},
	{name: "L3-wrapped/powers", fn: func(e *env) {
		e.set(put("session", "a", "1"))
		bare := e.powersUsed(e.s)
		for i, s := range e.ways(store.Options{}) {
			used := e.powersUsed(s)
			e.that(used == bare, "way %d: a View and Namespaces made the calls %+v, without a wrapper %+v", i, used, bare)
		}
	}},
	{name: "L3-wrapped/withheld-powers", fn: func(e *env) {
		e.set(put("session", "a", "1"))
		for _, d := range []driver.Driver{&withholding{layer{Driver: e.wire}}, &layer{Driver: &withholding{layer{Driver: e.wire}}}} {
			s := e.build(d, nil)
			calls := e.wire.during(func() {
				e.ok(s.View(e.ctx, func(ctx context.Context, tx handle) error {
					e.want(ctx, tx, "session", "a", "1")
					e.is(tx.Set(ctx, put("session", "a", "2")), store.ErrReadOnly, "Set inside a View")
					return nil
				}), "View through a wrapper that lends no snapshots")
				_, err := s.Namespaces(e.ctx)
				e.is(err, store.ErrUnsupported, "Namespaces through a wrapper that does not list")
			})
			e.that(calls.snapshots == 0 && calls.lists == 0, "a power that a wrapper withholds was used: %+v", calls)
		}
	}},
	{name: "L3-wrapped/by-option", fn: func(e *env) {
		other := &layer{Driver: e.wired(e.wire.inner)}
		for what, wrap := range map[string]func(driver.Driver) (driver.Driver, error){
			"Wrap fails":                   func(driver.Driver) (driver.Driver, error) { return nil, errInjected },
			"Wrap returns nothing":         func(driver.Driver) (driver.Driver, error) { return nil, nil },
			"Wrap returns another backend": func(driver.Driver) (driver.Driver, error) { return other, nil },
			"Wrap hides the backend":       func(d driver.Driver) (driver.Driver, error) { return struct{ driver.Driver }{d}, nil },
		} {
			want := store.ErrInvalid
			if what == "Wrap fails" {
				want = errInjected
			}
			_, err := e.suite.open(e.ctx, e.wire, &store.Options{Wrap: func(_ context.Context, d driver.Driver) (driver.Driver, error) { return wrap(d) }})
			e.is(err, want, "New where "+what)
			e.set(put("session", "a", what)) // the driver is still open
			e.holds("session", "a", what)
		}
	}},
}

// holdsBack checks that commits of the others wait for a transaction of s that
// has lost twice.
func (e *env) holdsBack(s root, others []root) {
	e.t.Helper()
	runs := 0
	var waiters []<-chan struct{}
	e.ok(s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
		if err := add(ctx, tx, "session", "n", 1); err != nil {
			return err
		}
		if runs++; runs <= 2 {
			e.set(put("session", "n", itoa(runs)))
			return nil
		}
		var passed atomic.Int32
		for _, other := range others {
			waits := newWaiting(e.ctx)
			waiters = append(waiters, e.start(func() {
				e.ok(other.Set(waits, put("session", "other", "1")), "Set")
				passed.Add(1)
			}))
			e.wait(waits.begun, "a Set waits for the transaction, or commits")
		}
		breathe()
		e.that(passed.Load() == 0, "%d commits went ahead of a transaction that had lost twice", passed.Load())
		return nil
	}), "Transaction")
	for _, waiter := range waiters {
		e.wait(waiter, "a Set that waited has ended")
	}
}

// callsOf returns verbs that read or write at least once, without optional
// powers.
func callsOf(ctx context.Context, s root) map[string]func() error {
	return map[string]func() error{
		"Get":      func() error { _, _, err := s.Get(ctx, "session", "a"); return err },
		"GetMany":  func() error { _, err := s.GetMany(ctx, "session", "a", "b"); return err },
		"Has":      func() error { _, err := s.Has(ctx, "session", "a"); return err },
		"Scan":     func() error { _, err := collectPrefix(ctx, s, "session", ""); return err },
		"Families": func() error { _, err := s.Families(ctx); return err },
		"Set":      func() error { return s.Set(ctx, put("session", "a", "1")) },
		"Clear":    func() error { return s.Namespace("other").Clear(ctx) },
		"a read in a transaction": func() error {
			return s.Transaction(ctx, "k", func(ctx context.Context, tx handle) error {
				_, err := collectPrefix(ctx, tx, "session", "")
				return err
			})
		},
		"a commit": func() error {
			return s.Transaction(ctx, "k", func(ctx context.Context, tx handle) error { return tx.Set(ctx, put("session", "b", "1")) })
		},
	}
}

// powersUsed returns the calls that a View and Namespaces make.
func (e *env) powersUsed(s root) counts {
	e.t.Helper()
	return e.wire.during(func() {
		e.ok(s.View(e.ctx, func(ctx context.Context, tx handle) error {
			e.want(ctx, tx, "session", "a", "1")
			return nil
		}), "View")
		_, _ = s.Namespaces(e.ctx)
	})
}
