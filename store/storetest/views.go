package storetest

import (
	"context"
	"errors"
	"slices"

	"github.com/keyfam/keyfam/store"
)

var viewChecks = []check{
	{name: "T21-view/consistent-across-families", views: true, fn: func(e *env) {
		e.set(put("session", "x", "1"), put("tctoken", "y", "1"))
		first := once()
		var x, y int
		var listed, scanned []string
		err := e.s.View(e.ctx, func(ctx context.Context, tx handle) (err error) {
			if x, err = number(ctx, tx, "session", "x"); err != nil {
				return err
			}
			if first() {
				e.set(put("session", "x", "2"), put("tctoken", "y", "2"), put("tctoken", "z", "2"), put("zz", "z", "2"))
			}
			if y, err = number(ctx, tx, "tctoken", "y"); err != nil {
				return err
			}
			if scanned, err = collect(ctx, tx, "tctoken"); err != nil {
				return err
			}
			listed, err = tx.Families(ctx)
			return err
		})
		if errors.Is(err, store.ErrConflict) {
			return
		}
		e.ok(err, "View")
		e.that(x == y && len(scanned) == x && len(listed) == x+1, "a View saw x of commit %d, y of commit %d, %q and families %q", x, y, scanned, listed)
	}},
	{name: "T21-view/sees-what-was-committed", views: true, fn: func(e *env) {
		for i := range 20 {
			e.set(put("session", "n", itoa(i)))
			e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
				e.want(ctx, tx, "session", "n", itoa(i))
				e.scans(ctx, tx, "session", "", "n")
				e.families(ctx, tx, "session")
				return nil
			}), "View")
		}
	}},
	{name: "T21-view/refuses-writes", views: true, fn: func(e *env) {
		e.set(put("session", "a", "0"))
		calls := e.wire.during(func() {
			e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
				e.is(tx.Set(ctx, put("session", "a", "1")), store.ErrReadOnly, "Set inside a View")
				e.is(tx.Clear(ctx), store.ErrReadOnly, "Clear inside a View")
				e.is(tx.Transaction(ctx, "k", increment("session", "n")), store.ErrReadOnly, "Transaction inside a View")
				e.is(tx.TransactionWith(ctx, store.TxOptions{}, increment("session", "n")), store.ErrReadOnly, "TransactionWith inside a View")
				e.want(ctx, tx, "session", "a", "0")
				return nil
			}), "View")
		})
		e.that(calls.writes == 0, "a View made %d commits that write", calls.writes)
		e.scans(e.ctx, e.s, "session", "", "a")
		e.holds("session", "a", "0")
	}},
	{name: "T21-view/error-and-panic", views: true, fn: func(e *env) {
		own := &ownError{}
		err := e.s.View(e.ctx, func(ctx context.Context, tx handle) error { return own })
		e.that(err == error(own), "the callback's error came back changed: %v", err)
		func() {
			defer func() { e.that(recover() == any(own), "a panic did not go on unchanged") }()
			_ = e.s.View(e.ctx, func(ctx context.Context, tx handle) error { panic(own) })
		}()
		e.set(put("session", "a", "1"))
		e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
			e.want(ctx, tx, "session", "a", "1")
			return nil
		}), "View")
	}},
	{name: "T21-view/against-writers", views: true, fn: func(e *env) {
		stop := make(chan struct{})
		e.writeWindow(0)
		writer := e.start(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				case <-e.ctx.Done():
					return
				default:
					e.writeWindow(i)
				}
				if i%8 == 0 {
					breathe()
				}
			}
		})
		for range e.rounds(300) {
			e.viewWindow()
		}
		close(stop)
		e.wait(writer, "the writer has ended")
	}},
	{name: "T21-view/repeats-reads", views: true, fn: func(e *env) {
		e.set(put("session", "a", "0"))
		first := once()
		e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
			before, had, err := tx.Get(ctx, "session", "a")
			if err != nil {
				return err
			}
			if first() {
				e.set(put("session", "a", "1"), put("session", "b", "1"))
			}
			again, has, err := tx.Get(ctx, "session", "a")
			if err != nil {
				return err
			}
			e.that(had == has && string(before) == string(again), "a View reads %q, then %q", before, again)
			return nil
		}), "View")
	}},
	{name: "T21-view/namespaces", views: true, fn: func(e *env) {
		other := e.s.Namespace("other")
		e.set(put("session", "a", "0"))
		e.ok(other.Set(e.ctx, put("session", "b", "0")), "Set")
		e.ok(other.View(e.ctx, func(ctx context.Context, tx handle) error {
			e.scans(ctx, tx, "session", "", "b")
			e.absent(ctx, tx, "session", "a")
			e.families(ctx, tx, "session")
			return nil
		}), "View")
	}},
}

// windowIDs returns the ids in the family tctoken after commit i of the
// writer. They are few, so that a View is cheap.
func windowIDs(i int) []string {
	ids := []string{"x"}
	for z := max(0, i-9); z <= i; z++ {
		ids = append(ids, "z"+padded(z))
	}
	return ids
}

// writeWindow is commit i of the writer.
func (e *env) writeWindow(i int) {
	e.t.Helper()
	e.set(put("session", "x", itoa(i)), put("tctoken", "x", itoa(i)), put("tctoken", "z"+padded(i), ""), del("tctoken", "z"+padded(i-10)))
}

// viewWindow checks that a View sees one commit of the writer in all families.
func (e *env) viewWindow() {
	e.t.Helper()
	var x, y int
	var ids []string
	err := e.s.View(e.ctx, func(ctx context.Context, tx handle) (err error) {
		if x, err = number(ctx, tx, "session", "x"); err != nil {
			return err
		}
		breathe() // the writer commits
		if y, err = number(ctx, tx, "tctoken", "x"); err != nil {
			return err
		}
		ids, err = collect(ctx, tx, "tctoken")
		return err
	})
	if errors.Is(err, store.ErrConflict) {
		return
	}
	e.ok(err, "View")
	e.that(x == y && slices.Equal(ids, windowIDs(x)), "a View saw commit %d beside commit %d beside the records %q", x, y, ids)
}
