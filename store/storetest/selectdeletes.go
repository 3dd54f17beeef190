package storetest

import (
	"context"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var deleteChecks = []check{
	{name: "R15-delete-all/exactly", fn: func(e *env) {
		for _, n := range narrowings() {
			for _, inside := range []bool{false, true} {
				e.freshEdge(boundIDs...)
				e.set(put("sessio", "b", "1"), put("sessions", "b", "1"))
				gone := n.pick(boundIDs)
				left := slices.DeleteFunc(slices.Clone(boundIDs), func(id string) bool { return slices.Contains(gone, id) })
				calls := e.wire.during(func() {
					deleteAll := func(ctx context.Context, h handle) error {
						got, err := n.of(h.Select("session")).DeleteAll(ctx)
						e.that(got == len(gone) && err == nil, "DeleteAll of %q: %d, %v, want %d", gone, got, err, len(gone))
						e.that(!inside || slices.Equal(e.scan(ctx, h, "session", ""), left), "a scan inside shows what was deleted, or lacks what was not")
						return nil
					}
					if inside {
						e.tx("", deleteAll)
					} else {
						e.ok(deleteAll(e.ctx, e.s), "DeleteAll")
					}
				})
				e.that(calls.writes == min(1, len(gone)), "DeleteAll of %d records made %d commits", len(gone), calls.writes)
				e.scans(e.ctx, e.s, "session", "", left...)
				e.holds("sessio", "b", "1")
				e.holds("sessions", "b", "1")
			}
		}
	}},
	{name: "R15-delete-all/against-a-writer", fn: func(e *env) {
		// The number is that of the records at the commit.
		for _, limit := range []int{-1, 3} {
			for _, bare := range []bool{false, true} {
				e.wire.hideCounter = bare
				e.freshEdge("a1", "b1", "b2", "c1")
				first := once()
				e.wire.on(func(c call, next func(context.Context) error) error {
					if c.kind == writing && first() {
						stamp := driver.Version(seed() | 1)
						e.ok(e.wire.inner.Commit(e.ctx, "", &driver.Commit{Stamp: stamp, Writes: []driver.Write{{Key: key("session", "b15")}}}), "Commit")
					}
					return next(c.ctx)
				})
				s := e.s.Select("session").Prefix("b")
				if limit > 0 {
					s = s.Limit(limit)
				}
				n, err := s.DeleteAll(e.ctx)
				e.wire.on(nil)
				e.that(n == 3 && err == nil, "DeleteAll of 2 records and one that came meanwhile: %d, %v, want 3", n, err)
				e.scans(e.ctx, e.s, "session", "", "a1", "c1")
			}
		}
		e.wire.hideCounter = false
	}},
	{name: "R15-delete-all/too-large", fn: func(e *env) {
		o := quick()
		o.MaxCommitRecords = 4
		e.rebuild(o)
		for i := range 10 {
			e.set(put("session", itoa(i), "1"))
		}
		calls := e.wire.during(func() {
			n, err := e.s.Select("session").Limit(5).DeleteAll(e.ctx)
			e.is(err, store.ErrTooLarge, "DeleteAll of 5 records, where a commit may have 4")
			e.that(n == 0, "DeleteAll that is too large: %d", n)
		})
		e.that(calls.writes == 0, "DeleteAll that is too large made %d commits", calls.writes)
		e.tx("", func(ctx context.Context, tx handle) error {
			_, err := tx.Select("session").Limit(5).DeleteAll(ctx)
			e.is(err, store.ErrTooLarge, "DeleteAll of 5 records inside")
			e.that(len(e.scan(ctx, tx, "session", "")) == 10, "DeleteAll that is too large has deleted some")
			return tx.Set(ctx, put("result", "x", "1"))
		})
		e.that(len(e.scan(e.ctx, e.s, "session", "")) == 10, "DeleteAll that is too large has deleted some")
		n, err := e.s.Select("session").DeleteAll(e.ctx) // a range is one
		e.that(n == 10 && err == nil, "DeleteAll of a family: %d, %v", n, err)
		e.scans(e.ctx, e.s, "session", "")
	}},
	{name: "R15-delete-all/drop", fn: func(e *env) {
		e.freshEdge("a", "b1", "b2", "c")
		calls := e.wire.during(func() { e.ok(e.s.Select("session").Prefix("b").Reverse().Drop(e.ctx), "Drop") })
		e.that(calls.total() == 1 && calls.writes == 1, "Drop made %d calls of the backend, %d of them commits, want 1", calls.total(), calls.writes)
		e.scans(e.ctx, e.s, "session", "", "a", "c")
		e.freshEdge("a", "b1", "b2", "c")
		calls = e.wire.during(func() {
			e.tx("", func(ctx context.Context, tx handle) error {
				e.ok(tx.Select("session").Prefix("b").Drop(ctx), "Drop")
				e.is(tx.Select("session").Limit(1).Drop(ctx), store.ErrInvalid, "Drop with a limit")
				e.ok(tx.Select("session").From("c").Before("a").Drop(ctx), "Drop of nothing")
				return nil
			})
		})
		e.that(calls.total() == 1 && calls.writes == 1, "a transaction with a Drop made %d calls of the backend, want 1", calls.total())
		e.scans(e.ctx, e.s, "session", "", "a", "c")
		e.is(e.s.Select("session").Limit(1).Drop(e.ctx), store.ErrInvalid, "Drop with a limit")
		calls = e.wire.during(func() { e.ok(e.s.Select("session").From("c").Before("a").Drop(e.ctx), "Drop of nothing") })
		e.that(calls.writes == 0, "Drop of nothing made a commit")
		e.scans(e.ctx, e.s, "session", "", "a", "c")
	}},
	{name: "R15-delete-all/order-inside", fn: func(e *env) {
		// Of writes and removals inside, each covers those before it.
		e.freshEdge("a", "b", "c", "d")
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "b", "2"), put("session", "b2", "2")), "Set")
			e.ok(tx.Select("session").From("b").Until("c").Drop(ctx), "Drop")
			e.ok(tx.Set(ctx, put("session", "c", "3"), del("session", "d")), "Set")
			e.ok(tx.Select("session").Prefix("d").Drop(ctx), "Drop")
			e.ok(tx.Set(ctx, put("session", "d", "4"), del("session", "a")), "Set")
			e.lists(ctx, "inside", tx.Select("session"), "c", "d")
			e.lists(ctx, "inside, in reverse", tx.Select("session").Reverse(), "d", "c")
			e.ok(tx.Select("session").Prefix("a").Drop(ctx), "Drop")
			return nil
		})
		e.scans(e.ctx, e.s, "session", "", "c", "d")
		e.holds("session", "c", "3")
		e.holds("session", "d", "4")
	}},
	{name: "R15-delete-all/a-view-refuses", views: true, fn: func(e *env) {
		e.freshEdge("a", "b")
		e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
			for _, s := range []selection{tx.Select("session"), tx.Select("session").Limit(1), tx.Select("session").Prefix("x")} {
				_, err := s.DeleteAll(ctx)
				e.is(err, store.ErrReadOnly, "DeleteAll in a View")
			}
			e.is(tx.Select("session").Drop(ctx), store.ErrReadOnly, "Drop in a View")
			return nil
		}), "View")
		e.scans(e.ctx, e.s, "session", "", "a", "b")
	}},
	{name: "R15-clear/derived-rows", fn: func(e *env) {
		for _, inside := range []bool{false, true} {
			e.freshEdge("a")
			rows := []driver.Key{key("_a", "x"), key("_schema", "x"), key("_x", "x"), key("_x.a", "x"), key("_x.session.by-name", "\xff\xff"), key("_xa", "x"), key("_y", "x")}
			c := &driver.Commit{Stamp: driver.Version(seed() | 1)}
			for _, k := range rows {
				c.Writes = append(c.Writes, driver.Write{Key: k, Value: []byte("1")})
			}
			e.ok(e.wire.inner.Commit(e.ctx, "", c), "Commit")
			if inside {
				e.tx("", func(ctx context.Context, tx handle) error { return tx.Clear(ctx) })
			} else {
				e.ok(e.s.Clear(e.ctx), "Clear")
			}
			left := map[driver.Key]bool{}
			page, err := e.wire.inner.Scan(e.ctx, "", driver.Query{Limit: 100})
			e.ok(err, "Scan")
			for _, row := range page.Rows {
				left[row.Key] = true
			}
			want := map[driver.Key]bool{key("_a", "x"): true, key("_schema", "x"): true, key("_x", "x"): true, key("_xa", "x"): true, key("_y", "x"): true}
			e.that(maps.Equal(left, want), "after a Clear (inside: %v) there is %v, want %v", inside, left, want)
		}
	}},
	{name: "T23-savepoint/removed-range", fn: func(e *env) {
		for _, deleteAll := range []bool{false, true} {
			e.freshEdge("a", "b1", "b2", "c")
			remove := func(ctx context.Context, s selection) error {
				if deleteAll {
					_, err := s.DeleteAll(ctx)
					return err
				}
				return s.Drop(ctx)
			}
			e.tx("", func(ctx context.Context, tx handle) error {
				e.ok(tx.Set(ctx, put("session", "b3", "own")), "Set")
				err := tx.Transaction(ctx, "", func(ctx context.Context, in handle) error {
					e.ok(remove(ctx, in.Select("session").Prefix("b")), "remove")
					e.lists(ctx, "inside", in.Select("session"), "a", "c")
					e.ok(in.Set(ctx, put("session", "b2", "inner")), "Set")
					return errOwn
				})
				e.is(err, errOwn, "a nested transaction that is undone")
				e.lists(ctx, "after the undone removal", tx.Select("session"), "a", "b1", "b2", "b3", "c")
				e.lists(ctx, "after the undone removal, in reverse", tx.Select("session").Reverse(), "c", "b3", "b2", "b1", "a")
				n, err := tx.Select("session").Count(ctx)
				e.that(n == 5 && err == nil, "Count after the undone removal: %d, %v, want 5", n, err)
				e.want(ctx, tx, "session", "b2", "1")
				return tx.Transaction(ctx, "", func(ctx context.Context, in handle) error { return remove(ctx, in.Select("session").Prefix("b2")) })
			})
			e.scans(e.ctx, e.s, "session", "", "a", "b1", "b3", "c")
		}
	}},
	{name: "T23-savepoint/removed-under-a-scan", fn: func(e *env) {
		for _, reverse := range []bool{false, true} {
			e.shortAndLong(func() {
				e.freshEdge("a", "b1", "b2", "c", "d", "e")
				e.tx("", func(ctx context.Context, tx handle) error {
					s, want := tx.Select("session"), []string{"a", "b1", "b2", "c", "d", "e"}
					if reverse {
						s = s.Reverse()
						slices.Reverse(want)
					}
					var got []string
					for r, err := range s.All(ctx) {
						e.ok(err, "All")
						got = append(got, r.ID)
						// Removed and come back before the scan goes on.
						err = tx.Transaction(ctx, "", func(ctx context.Context, in handle) error {
							e.ok(in.Select("session").Drop(ctx), "Drop")
							e.lists(ctx, "inside", in.Select("session"))
							return errOwn
						})
						e.is(err, errOwn, "a nested transaction that is undone")
					}
					e.that(slices.Equal(got, want), "a scan over removals that were undone yields %q, want %q", got, want)
					// And one that goes on inside of the removal.
					got = nil
					_ = tx.Transaction(ctx, "", func(ctx context.Context, in handle) error {
						for r, err := range s.All(ctx) {
							e.ok(err, "All")
							if got = append(got, r.ID); len(got) == 2 {
								e.ok(in.Select("session").From("b2").Until("d").Drop(ctx), "Drop")
							}
						}
						return errOwn
					})
					left := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return id >= "b2" && id <= "d" && !slices.Contains(want[:2], id) })
					e.that(slices.Equal(got, left), "a scan over a removal yields %q, want %q", got, left)
					return nil
				})
				e.scans(e.ctx, e.s, "session", "", "a", "b1", "b2", "c", "d", "e")
			})
		}
	}},
}
