package storetest

import (
	"context"
	"sync/atomic"
)

// leftBehindChecks hold rule L2 for goroutines that outlive the callback that
// started them.
var leftBehindChecks = []check{
	{name: "L2-left-behind/nested-ends-before-the-commit", fn: func(e *env) {
		for _, ends := range []func() error{
			func() error { return errOwn },
			func() error { return nil },
			func() error { panic(errOwn) },
			func() error { goexit(); return nil },
		} {
			e.leftBefore(ends)
		}
	}},
	{name: "L2-left-behind/at-once", fn: func(e *env) {
		rounds := e.rounds(150)
		for i := range rounds {
			e.leftAtOnce(i)
			if e.Failed() {
				return
			}
		}
	}},
}

// leftBefore lets a nested transaction end between the end of the outermost
// callback and the commit. It checks that none of the nested writes and all
// others were committed.
func (e *env) leftBefore(ends func() error) {
	e.t.Helper()
	e.ok(e.s.Clear(e.ctx), "Clear")
	half, release := make(chan struct{}), make(chan struct{})
	var nested <-chan struct{}
	outer := newLooked(e.ctx, func() {
		close(release)
		e.wait(nested, "the nested transaction has ended")
	})
	e.ok(e.s.Transaction(outer, "", func(ctx context.Context, tx handle) error {
		e.ok(tx.Set(ctx, put("outer", "before", "1")), "Set")
		nested = e.start(func() {
			defer func() { _ = recover() }()
			_ = tx.Transaction(e.ctx, "", func(ctx context.Context, in handle) error {
				e.ok(in.Set(e.ctx, put("half", "a", "1"), del("outer", "before")), "Set")
				close(half)
				e.wait(release, "the outermost callback has returned")
				return ends()
			})
		})
		e.wait(half, "the nested transaction is half way")
		outer.arm()
		return nil
	}), "Transaction")
	e.scans(e.ctx, e.s, "half", "")
	e.scans(e.ctx, e.s, "outer", "", "before")
}

// leftAtOnce leaves goroutines behind that nest, read, scan and write while
// the callback ends in one of three ways. It checks that the nested
// transaction has written two records or none.
func (e *env) leftAtOnce(round int) {
	e.t.Helper()
	e.ok(e.s.Clear(e.ctx), "Clear")
	var left []<-chan struct{}
	func() {
		defer func() { _ = recover() }()
		_ = e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			half := make(chan struct{})
			left = append(left, e.start(func() { e.leaveNested(tx, round, half) }))
			left = append(left, e.start(func() { e.leaveVerbs(tx) }))
			e.wait(half, "the nested transaction is half way")
			if round%2 == 0 {
				breathe()
			}
			switch round % 5 {
			case 3:
				return errOwn
			case 4:
				panic(errOwn)
			}
			return nil
		})
	}()
	for _, end := range left {
		e.wait(end, "a goroutine that was left behind has ended")
	}
	pair := e.scan(e.ctx, e.s, "pair", "")
	e.that(len(pair) == 0 || len(pair) == 2, "%d of the two writes of a nested transaction that was left behind were committed", len(pair))
	e.that(len(pair) == 0 || round%5 < 3, "a transaction that failed left writes")
}

// leaveNested writes half, closes the channel and writes the rest.
func (e *env) leaveNested(tx handle, round int, half chan struct{}) {
	defer fire(half)
	defer func() { _ = recover() }()
	_ = tx.Transaction(e.ctx, "n", func(_ context.Context, in handle) error {
		if err := in.Set(e.ctx, put("pair", "a", "1")); err != nil {
			return err
		}
		err := in.Transaction(e.ctx, "", func(_ context.Context, deep handle) error {
			_ = deep.Set(e.ctx, put("pair", "c", "1"))
			return errOwn
		})
		fire(half)
		breathe()
		if round%3 == 2 {
			panic(err)
		}
		if err := in.Set(e.ctx, put("pair", "b", "1")); err != nil {
			return err
		}
		if round%4 == 3 {
			return errOwn
		}
		return nil
	})
}

// leaveVerbs reads, scans and writes until the handle has ended.
func (e *env) leaveVerbs(tx handle) {
	for i := range 100 {
		if err := tx.Set(e.ctx, put("left", itoa(i%10), "1"), del("left", itoa((i+5)%10))); err != nil {
			return
		}
		_, _, _ = tx.Get(e.ctx, "pair", "a")
		_, _ = collect(e.ctx, tx, "left")
		yield()
	}
}

// looked is a context that calls f at the first call of Err after arm. A store
// calls Err before it commits.
type looked struct {
	context.Context
	armed atomic.Bool
	f     func()
}

func newLooked(ctx context.Context, f func()) *looked { return &looked{Context: ctx, f: f} }

func (l *looked) arm() { l.armed.Store(true) }

// Err calls f, once.
func (l *looked) Err() error {
	if l.armed.CompareAndSwap(true, false) {
		l.f()
	}
	return l.Context.Err()
}
