package storetest

import (
	"context"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// selectReads are reads that end between two records of "1" to "9". In order
// they end at "5", in reverse at "5" too: all begin four records from there.
var selectReads = map[string]func(ctx context.Context, s selection) error{
	"All, limited": func(ctx context.Context, s selection) error {
		for _, err := range s.Limit(4).All(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"IDs, limited": func(ctx context.Context, s selection) error {
		for _, err := range s.Limit(4).IDs(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"All, left": func(ctx context.Context, s selection) error {
		n := 0
		for _, err := range s.All(ctx) {
			if err != nil {
				return err
			}
			if n++; n == 4 {
				break
			}
		}
		return nil
	},
	"Page": func(ctx context.Context, s selection) error { // one record more shows that there is a next one
		_, err := s.Page(ctx, "", 3)
		return err
	},
	"Last, limited":  func(ctx context.Context, s selection) error { _, _, err := s.Limit(4).Last(ctx); return err },
	"Count, limited": func(ctx context.Context, s selection) error { _, err := s.Limit(4).Count(ctx); return err },
}

var edgeChecks = []check{
	{name: "T31-scan-edge/in-order", fn: func(e *env) {
		e.edges(false, map[string]bool{"15": false, "2": true, "25": true, "45": true, "5": true, "51": false, "6": false, "9": false})
	}},
	{name: "T31-scan-edge/in-reverse", fn: func(e *env) {
		e.edges(true, map[string]bool{"85": false, "8": true, "75": true, "55": true, "5": true, "45": false, "4": false, "1": false})
	}},
	{name: "T31-scan-edge/first-and-last", fn: func(e *env) {
		first := func(ctx context.Context, tx handle) error {
			_, _, err := tx.Select("session").Prefix("b").First(ctx)
			return err
		}
		last := func(ctx context.Context, tx handle) error {
			_, _, err := tx.Select("session").Prefix("b").Last(ctx)
			return err
		}
		e.shortAndLong(func() {
			for id, want := range map[string]bool{"a9": false, "b0": true, "b2": true, "b3": false, "b5": false, "c": false} {
				e.freshEdge("a1", "b2", "b4", "b6", "c1")
				e.reruns(want, "First against a write to "+id, first, put("session", id, "new"))
			}
			for id, want := range map[string]bool{"a9": false, "b0": false, "b5": false, "b6": true, "b7": true, "c0": false} {
				e.freshEdge("a1", "b2", "b4", "b6", "c1")
				e.reruns(want, "Last against a write to "+id, last, put("session", id, "new"))
			}
			for id, want := range map[string]bool{"b": true, "b\xff": true, "c": false, "a\xff": false} {
				e.freshEdge("a1", "c1")
				e.reruns(want, "First of nothing against a write to "+id, first, put("session", id, "new"))
				e.freshEdge("a1", "c1")
				e.reruns(want, "Last of nothing against a write to "+id, last, put("session", id, "new"))
			}
		})
	}},
	{name: "T31-scan-edge/at-an-own-write", fn: func(e *env) {
		// The last record that is yielded is the transaction's own.
		e.shortAndLong(func() {
			for id, want := range map[string]bool{"2": true, "4": true, "41": true, "46": false, "6": false, "9": false} {
				e.freshEdge("2", "4", "6", "8")
				e.reruns(want, "a scan that ends at an own write against a write to "+id, func(ctx context.Context, tx handle) error {
					if err := tx.Set(ctx, put("session", "45", "own")); err != nil {
						return err
					}
					_, _, err := tx.Select("session").Limit(3).Last(ctx)
					return err
				}, put("session", id, "new"))
			}
			for id, want := range map[string]bool{"8": true, "6": true, "56": true, "5": false, "4": false, "1": false} {
				e.freshEdge("2", "4", "6", "8")
				e.reruns(want, "a scan in reverse that ends at an own write against a write to "+id, func(ctx context.Context, tx handle) error {
					if err := tx.Set(ctx, put("session", "55", "own")); err != nil {
						return err
					}
					_, _, err := tx.Select("session").Reverse().Limit(3).Last(ctx)
					return err
				}, put("session", id, "new"))
			}
		})
	}},
	{name: "T31-scan-edge/removed-ranges", fn: func(e *env) {
		for _, reverse := range []bool{false, true} {
			e.shortAndLong(func() {
				for id, want := range map[string]bool{"a5": true, "b0": false, "b1": false, "b5": false, "b9": false, "c0": true, "c5": true} {
					e.freshEdge("a1", "a9", "b1", "b3", "b9", "c1")
					e.reruns(want, "a scan over a removed range against a write to "+id, func(ctx context.Context, tx handle) error {
						if err := tx.Select("session").Prefix("b").Drop(ctx); err != nil {
							return err
						}
						s, ids := tx.Select("session"), []string{"a1", "a9", "c1"}
						if reverse {
							s = s.Reverse()
						}
						if id == "a5" || id == "c0" || id == "c5" { // seen by the second run
							for _, err := range s.All(ctx) {
								if err != nil {
									return err
								}
							}
							return nil
						}
						if reverse {
							slices.Reverse(ids)
						}
						e.lists(ctx, "a scan over a removed range", s, ids...)
						return nil
					}, put("session", id, "new"))
				}
			})
		}
	}},
	{name: "T31-scan-edge/removed-ranges-are-not-read", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		e.tx("", func(ctx context.Context, tx handle) error {
			e.ok(tx.Select("session").Drop(ctx), "Drop")
			calls := e.wire.during(func() {
				for _, s := range []selection{tx.Select("session"), tx.Select("session").Reverse(), tx.Select("session").Prefix("0")} {
					e.selects(ctx, s, nil, 0)
				}
				e.absent(ctx, tx, "session", padded(5))
				e.ok(tx.Set(ctx, put("session", "x", "1")), "Set")
				e.selects(ctx, tx.Select("session"), []string{"x"}, 0)
			})
			e.that(calls.total() == 0, "reads of a removed family made %d calls of the backend, want none", calls.total())
			return nil
		})
		e.scans(e.ctx, e.s, "session", "", "x")
	}},
}

var countChecks = []check{
	{name: "T32-count/one-call", fn: func(e *env) {
		n := e.n(5000)
		e.fill(e.s, "session", n, padded)
		e.set(put("sessions", "x", "1"), put("sessio", "x", "1"))
		if !e.counts() {
			return
		}
		everywhere(e, func(ctx context.Context, h handle) {
			calls := e.wire.during(func() {
				got, err := h.Select("session").Count(ctx)
				e.that(got == n && err == nil, "Count: %d, %v, want %d", got, err, n)
			})
			e.that(calls.reads == 1 && calls.total() == 1, "Count made %d calls of the backend, want 1", calls.total())
		})
	}},
	{name: "T32-count/checks-the-number", fn: func(e *env) {
		count := func(ctx context.Context, tx handle) error {
			_, err := tx.Select("session").Prefix("b").Count(ctx)
			return err
		}
		for _, bare := range []bool{false, true} {
			e.wire.hideCounter = bare
			for what, one := range map[string]struct {
				rerun bool
				write []write
			}{
				"an insert":                 {true, []write{put("session", "b5", "1")}},
				"an insert at the start":    {true, []write{put("session", "b", "1")}},
				"an insert at the end":      {true, []write{put("session", "b\xff\xff", "1")}},
				"a deletion":                {true, []write{del("session", "b2")}},
				"an insert below the range": {false, []write{put("session", "a9", "1")}},
				"an insert above the range": {false, []write{put("session", "c", "1")}},
			} {
				e.freshEdge("a1", "b2", "b4", "b6", "c1")
				e.reruns(one.rerun, "Count against "+what, count, one.write...)
			}
			if bare || !e.counts() {
				continue
			}
			e.freshEdge("a1", "b2", "b4", "b6", "c1")
			e.reruns(false, "Count against a new value", count, put("session", "b2", "new"))
			e.freshEdge("a1", "b2", "b4", "b6", "c1")
			e.reruns(false, "Count against an insert and a deletion", count, put("session", "b3", "new"), del("session", "b2"))
		}
		e.wire.hideCounter = false
	}},
	{name: "T32-count/own-writes", fn: func(e *env) {
		e.freshEdge("a1", "b2", "b4", "b6", "c1")
		for _, bare := range []bool{false, true} {
			e.wire.hideCounter = bare
			err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
				counts := func(what, prefix string, want int) {
					for _, s := range []selection{tx.Select("session").Prefix(prefix), tx.Select("session").Prefix(prefix).Reverse()} {
						n, err := s.Count(ctx)
						e.that(n == want && err == nil, "Count with %s: %d, %v, want %d", what, n, err, want)
					}
				}
				counts("no own writes", "b", 3)
				e.ok(tx.Set(ctx, put("session", "b2", "again")), "Set")
				counts("a record written again", "b", 3)
				e.ok(tx.Set(ctx, put("session", "b3", "1"), put("session", "d", "1")), "Set")
				counts("a new record", "b", 4)
				counts("own writes elsewhere", "c", 1)
				e.ok(tx.Set(ctx, del("session", "b4"), del("session", "b5")), "Set")
				counts("a deleted record", "b", 3)
				e.ok(tx.Select("session").From("b3").Until("b6").Drop(ctx), "Drop")
				counts("a removed range", "b", 1)
				counts("a removed range and others", "", 4)
				e.ok(tx.Set(ctx, put("session", "b6", "1")), "Set")
				counts("a record in a removed range", "b", 2)
				e.ok(tx.Clear(ctx), "Clear")
				counts("all cleared", "", 0)
				return errOwn
			})
			e.is(err, errOwn, "a transaction that is undone")
		}
		e.wire.hideCounter = false
	}},
}

var versionOfRangeChecks = []check{
	{name: "T33-range-delete/readers-notice", fn: func(e *env) {
		n := e.n(10_000) + 3
		reads := map[string]func(ctx context.Context, tx handle) error{
			"Get": func(ctx context.Context, tx handle) error { _, _, err := tx.Get(ctx, "session", padded(1)); return err },
			"Has": func(ctx context.Context, tx handle) error { _, err := tx.Has(ctx, "session", padded(1)); return err },
			"GetMany": func(ctx context.Context, tx handle) error {
				_, err := tx.GetMany(ctx, "session", padded(1), padded(2))
				return err
			},
			"All":   func(ctx context.Context, tx handle) error { _, err := collect(ctx, tx, "session"); return err },
			"First": func(ctx context.Context, tx handle) error { _, _, err := tx.Select("session").First(ctx); return err },
			"Last":  func(ctx context.Context, tx handle) error { _, _, err := tx.Select("session").Last(ctx); return err },
		}
		removals := map[string]func(s selection) error{
			"Drop":      func(s selection) error { return s.Drop(e.ctx) },
			"DeleteAll": func(s selection) error { _, err := s.DeleteAll(e.ctx); return err },
		}
		for what, read := range reads {
			for how, remove := range removals {
				for _, again := range []bool{false, true} { // with the same bytes
					e.fill(e.s, "session", n, padded)
					e.rerunsAfter(true, what+" against "+how, read, func() {
						e.ok(remove(e.s.Select("session")), how)
						if again {
							e.fill(e.s, "session", n, padded)
						}
					})
				}
			}
		}
	}},
	{name: "T33-range-delete/part-of-a-family", fn: func(e *env) {
		get := func(id string) func(ctx context.Context, tx handle) error {
			return func(ctx context.Context, tx handle) error { _, _, err := tx.Get(ctx, "session", id); return err }
		}
		for _, reverse := range []bool{false, true} {
			part := func() selection {
				s := e.s.Select("session").From("b").Before("c")
				if reverse {
					return s.Reverse()
				}
				return s
			}
			for id, want := range map[string]bool{"a9": false, "b": true, "b5": true, "b\xff": true, "c": false} {
				same := []write{put("session", "b", "1"), put("session", "b5", "1"), put("session", "b\xff", "1")}
				e.freshEdge("a9", "b", "b5", "b\xff", "c")
				e.rerunsAfter(want, "a record at "+id+" against the delete of a range", get(id), func() { e.ok(part().Drop(e.ctx), "Drop") })
				e.freshEdge("a9", "b", "b5", "b\xff", "c")
				e.rerunsAfter(want, "a record at "+id+" that came back", get(id), func() {
					e.ok(part().Drop(e.ctx), "Drop")
					e.set(same...)
				})
			}
		}
	}},
	{name: "T33-range-delete/across-families", fn: func(e *env) {
		// A range of the driver's own, as a Clear has it.
		for id, want := range map[string]bool{"a": false, "b": true, "c": true} {
			e.freshEdge("a", "b", "c")
			e.rerunsAfter(want, "a record at "+id+" against the delete of a range of families",
				func(ctx context.Context, tx handle) error { _, _, err := tx.Get(ctx, "session", id); return err },
				func() {
					c := &driver.Commit{Stamp: driver.Version(seed() | 1), Deletes: []driver.Range{{From: key("session", "b"), To: key("tctoken", "x")}}}
					e.ok(e.wire.inner.Commit(e.ctx, "", c), "Commit")
				})
		}
	}},
	{name: "T33-range-delete/absent-stays-absent", fn: func(e *env) {
		e.freshEdge("a", "c")
		e.rerunsAfter(false, "a miss against the delete of a range around it",
			func(ctx context.Context, tx handle) error { _, _, err := tx.Get(ctx, "session", "b"); return err },
			func() { e.ok(e.s.Select("session").Drop(e.ctx), "Drop") })
	}},
}

// counts reports whether the backend has the power to count.
func (e *env) counts() bool {
	_, ok := driver.As[driver.Counter](e.wire.inner)
	return ok
}

// shortAndLong runs f with pages of one record, of two, and as they are.
func (e *env) shortAndLong(f func()) {
	for rows := range 3 {
		if rows == 2 && e.suite.small {
			continue
		}
		if e.wire.pageRows = nil; rows > 0 {
			e.wire.pageRows = func() int { return rows }
		}
		f()
	}
	e.wire.pageRows = nil
}

// freshEdge leaves these records of family session, and nothing else.
func (e *env) freshEdge(ids ...string) {
	e.t.Helper()
	e.ok(e.s.Clear(e.ctx), "Clear")
	var ws []write
	for _, id := range ids {
		ws = append(ws, put("session", id, "1"))
	}
	e.set(ws...)
}

// edges runs each of the reads against a write to each of the ids.
func (e *env) edges(reverse bool, noticed map[string]bool) {
	for what, read := range selectReads {
		e.shortAndLong(func() {
			for id, want := range noticed {
				for _, w := range []write{put("session", id, "new"), del("session", id)} {
					e.freshEdge("1", "2", "3", "4", "5", "6", "7", "8", "9")
					if w.del && len(id) > 1 {
						continue
					}
					e.reruns(want, what+" against a change of "+id, func(ctx context.Context, tx handle) error {
						s := tx.Select("session").From("2")
						if reverse {
							s = tx.Select("session").Until("8").Reverse()
						}
						return read(ctx, s)
					}, w)
				}
			}
		})
	}
}

// reruns checks whether a transaction that reads and writes runs again because of
// a Set after its reads.
func (e *env) reruns(want bool, what string, read func(ctx context.Context, tx handle) error, foreign ...write) {
	e.t.Helper()
	e.rerunsAfter(want, what, read, func() { e.set(foreign...) })
}

func (e *env) rerunsAfter(want bool, what string, read func(ctx context.Context, tx handle) error, foreign func()) {
	e.t.Helper()
	first, runs := once(), 0
	err := e.s.TransactionWith(e.ctx, store.TxOptions{MaxAttempts: 5}, func(ctx context.Context, tx handle) error {
		runs++
		if err := read(ctx, tx); err != nil {
			return err
		}
		if first() {
			foreign()
		}
		return tx.Set(ctx, put("result", "x", itoa(runs)))
	})
	e.ok(err, what+": Transaction")
	switch {
	case want && runs == 1:
		e.Errorf("%s: it was not noticed", what)
	case !want && runs > 1:
		e.Errorf("%s: the transaction ran %d times, want 1", what, runs)
	}
}
