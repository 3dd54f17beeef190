package storetest

import (
	"context"
	"errors"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var outcomeChecks = []check{
	{name: "T22-unknown-outcome/of-a-transaction", fn: func(e *env) {
		e.unknown(func(s root) error { return s.Transaction(e.ctx, "k", increment("session", "n")) }, outcome{
			landed:  func() bool { return e.count("session", "n") == 6 },
			not:     func() bool { return e.count("session", "n") == 5 },
			foreign: nil,
		})
	}},
	{name: "T22-unknown-outcome/overwritten-since", fn: func(e *env) {
		// Another store adds to the record before the outcome is settled.
		e.unknown(func(s root) error { return s.Transaction(e.ctx, "k", increment("session", "n")) }, outcome{
			landed:  func() bool { return e.count("session", "n") == 106 },
			not:     func() bool { return e.count("session", "n") == 105 },
			foreign: func(far root) error { return far.Transaction(e.ctx, "", add100) },
		})
	}},
	{name: "T22-unknown-outcome/deleted-since", fn: func(e *env) {
		// Another store deletes the record and notes its value.
		e.unknown(func(s root) error { return s.Transaction(e.ctx, "k", increment("session", "n")) }, outcome{
			landed: func() bool { return e.count("session", "n") == 0 && e.count("note", "n") == 6 },
			not:    func() bool { return e.count("session", "n") == 0 && e.count("note", "n") == 5 },
			foreign: func(far root) error {
				return far.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
					n, err := number(ctx, tx, "session", "n")
					if err != nil {
						return err
					}
					return tx.Set(ctx, del("session", "n"), put("note", "n", itoa(n)))
				})
			},
		})
	}},
	{name: "T22-unknown-outcome/of-a-set", fn: func(e *env) {
		e.unknown(func(s root) error { return s.Set(e.ctx, put("session", "n", "6"), put("session", "m", "6")) }, outcome{
			landed: func() bool { return e.count("session", "n") == 6 && e.count("session", "m") == 6 },
			not:    func() bool { return e.count("session", "n") == 5 && e.count("session", "m") == 0 },
		})
	}},
	{name: "T22-unknown-outcome/of-a-delete", fn: func(e *env) {
		e.unknown(func(s root) error {
			return s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
				if _, _, err := tx.Get(ctx, "session", "n"); err != nil {
					return err
				}
				return tx.Set(ctx, del("session", "n"))
			})
		}, outcome{
			landed: func() bool { return e.count("session", "n") == 0 },
			not:    func() bool { return e.count("session", "n") == 5 },
		})
	}},
	{name: "T22-unknown-outcome/of-a-clear", fn: func(e *env) {
		e.unknown(func(s root) error { return s.Clear(e.ctx) }, outcome{
			landed: func() bool { return e.count("session", "n") == 0 },
			not:    func() bool { return e.count("session", "n") == 5 },
		})
	}},
	{name: "T22-unknown-outcome/of-a-read-only-check", fn: func(e *env) {
		// Nothing is written. An unknown outcome must not count as success.
		e.rewire(true)
		e.set(put("session", "x", "1"), put("session", "y", "1"))
		first, lose := once(), once()
		e.wire.on(func(c call, next func(context.Context) error) error {
			if c.kind == checking && lose() {
				return driver.ErrUnavailable
			}
			return next(c.ctx)
		})
		var x, y int
		err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) (err error) {
			if x, err = number(ctx, tx, "session", "x"); err != nil {
				return err
			}
			if first() {
				e.set(put("session", "x", "2"), put("session", "y", "2"))
			}
			y, err = number(ctx, tx, "session", "y")
			return err
		})
		e.that(err != nil || x == y, "a transaction whose check failed reports success on x=%d, y=%d", x, y)
	}},
}

// outcome describes an operation and finds out whether it has landed.
type outcome struct {
	landed, not func() bool
	foreign     func(far root) error // runs after the commit has or has not landed
}

func add100(ctx context.Context, tx handle) error { return add(ctx, tx, "session", "n", 100) }

// unknown runs op and loses the answer to its commit, in each possible way. It
// checks that the reported outcome is true and stays true.
func (e *env) unknown(op func(s root) error, o outcome) {
	for _, way := range []string{"landed", "not landed", "landing late"} {
		e.rewire(true)
		e.ok(e.s.Clear(e.ctx), "Clear")
		e.set(put("session", "n", "5"))
		far := e.far()

		var late func()
		lose := once()
		var breach error
		e.wire.on(func(c call, next func(context.Context) error) error {
			if c.kind != writing || !lose() {
				return next(c.ctx)
			}
			switch way {
			case "landed":
				if err := next(c.ctx); err != nil {
					return err
				}
			case "landing late":
				kept := keep(c.commit)
				late = func() { _ = e.wire.inner.Commit(e.ctx, c.namespace, kept) }
			}
			if o.foreign != nil {
				breach = o.foreign(far)
			}
			return driver.ErrUnknownOutcome
		})
		err := op(e.s)
		e.wire.on(nil)
		e.ok(breach, "the transaction of another process")
		e.judge(way+", at once", err, o, late == nil)
		if late != nil {
			late()
			e.judge(way, err, o, true)
		}
	}
}

// judge compares the reported outcome with the records.
func (e *env) judge(way string, err error, o outcome, final bool) {
	landed, not := o.landed(), o.not()
	switch {
	case !landed && !not:
		e.Errorf("%s: the commit was applied twice or in part (reported: %v)", way, err)
	case err == nil:
		e.that(landed, "%s: reported as committed, and is not", way)
	case errors.Is(err, store.ErrUnknownOutcome):
	default:
		e.that(not || !final, "%s: reported as not committed (%v), and is", way, err)
		e.that(!errors.Is(err, store.ErrConflict) || final, "%s: an unknown outcome was reported as a conflict", way)
	}
}

func (e *env) count(family, id string) int {
	n, err := number(e.ctx, e.s, family, id)
	e.ok(err, "Get")
	return n
}

// keep copies a commit, so that the copy outlives the call.
func keep(c *driver.Commit) *driver.Commit {
	kept := *c
	kept.Checks, kept.Ranges, kept.Writes = slices.Clone(c.Checks), slices.Clone(c.Ranges), slices.Clone(c.Writes)
	for i := range kept.Writes {
		kept.Writes[i].Value = slices.Clone(kept.Writes[i].Value)
	}
	return &kept
}
