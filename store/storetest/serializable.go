package storetest

import (
	"context"
	"fmt"
	"strings"
)

var serializableChecks = []check{
	{name: "T6-serializable/write-skew", fn: func(e *env) {
		// Each of two leaves duty if the other stays. One must stay.
		for _, scan := range []bool{false, true} {
			e.set(put("duty", "a", "1"), put("duty", "b", "1"))
			leave := func(who string) txFunc {
				return func(ctx context.Context, tx handle) error {
					on, err := collect(ctx, tx, "duty")
					if !scan {
						found, many := tx.GetMany(ctx, "duty", "a", "b")
						on, err = make([]string, len(found)), many
					}
					if err != nil || len(on) < 2 {
						return err
					}
					return tx.Set(ctx, del("duty", who))
				}
			}
			first := once()
			e.tx("a", func(ctx context.Context, tx handle) error {
				err := leave("a")(ctx, tx)
				if first() {
					e.tx("b", leave("b"))
				}
				return err
			})
			e.that(len(e.scan(e.ctx, e.s, "duty", "")) == 1, "both have left: each saw the other stay")
		}
	}},
	{name: "T6-serializable/read-skew-writes-elsewhere", fn: func(e *env) {
		e.set(put("session", "x", "1"), put("session", "y", "1"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			x, err := number(ctx, tx, "session", "x")
			if err != nil {
				return err
			}
			if first() {
				e.tx("", func(ctx context.Context, tx handle) error {
					return tx.Set(ctx, put("session", "x", "2"), put("session", "y", "2"))
				})
			}
			y, err := number(ctx, tx, "session", "y")
			if err != nil {
				return err
			}
			return tx.Set(ctx, put("count", "sum", itoa(x+y)))
		})
		e.holds("count", "sum", "4")
	}},
	{name: "T6-serializable/phantom", fn: func(e *env) {
		for name, foreign := range map[string][]write{
			"first":       {put("session", "a", "1")},
			"between":     {put("session", "cc", "1")},
			"last":        {put("session", "zzz", "1")},
			"deleted":     {del("session", "c")},
			"exchanged":   {del("session", "c"), put("session", "cc", "1")},
			"overwritten": {put("session", "c", "2")},
		} {
			e.ok(e.s.Clear(e.ctx), "Clear")
			e.set(put("session", "b", "1"), put("session", "c", "1"), put("session", "d", "1"))
			e.seen("a phantom, "+name, foreign, func(ctx context.Context, tx handle) (string, error) {
				return sum(ctx, tx, "session", "", -1)
			})
		}
	}},
	{name: "T6-serializable/phantom-in-an-empty-range", fn: func(e *env) {
		e.set(put("session", "b", "1"))
		e.seen("a phantom in an empty family", []write{put("pre-key", "x", "1")}, func(ctx context.Context, tx handle) (string, error) {
			return sum(ctx, tx, "pre-key", "", -1)
		})
		e.seen("a phantom under an empty prefix", []write{put("session", "ab", "1")}, func(ctx context.Context, tx handle) (string, error) {
			return sum(ctx, tx, "session", "a", -1)
		})
	}},
	{name: "T6-serializable/phantom-across-pages", fn: func(e *env) {
		n := e.pages()
		e.fill(e.s, "session", n, padded)
		for _, at := range []int{3, 40, n / 2, n - 1} {
			e.seen("a phantom after record "+itoa(at), []write{put("session", padded(at)+"x", "1")}, func(ctx context.Context, tx handle) (string, error) {
				return sum(ctx, tx, "session", "", -1)
			})
		}
	}},
	{name: "T6-serializable/phantom-family", fn: func(e *env) {
		e.set(put("b", "x", "1"), put("d", "x", "1"))
		for _, family := range []string{"a", "c", "e"} {
			e.seen("a new family "+family, []write{put(family, "x", "1")}, func(ctx context.Context, tx handle) (string, error) {
				names, err := tx.Families(ctx)
				return itoa(len(names)), err
			})
			e.set(del("result", "seen"))
		}
	}},
	{name: "T6-serializable/clear-is-seen", fn: func(e *env) {
		e.set(put("session", "n", "5"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			err := add(ctx, tx, "session", "n", 1)
			if first() {
				e.ok(e.s.Clear(e.ctx), "Clear")
			}
			return err
		})
		e.counted("session", "n", 1)
	}},
	{name: "T25-stopped-scan/on-an-own-write", fn: func(e *env) {
		e.set(put("session", "m", "1"))
		e.seen("an insert before the own write at which the scan stopped", []write{put("session", "b", "1")},
			func(ctx context.Context, tx handle) (string, error) {
				if err := tx.Set(ctx, put("session", "c", "own")); err != nil {
					return "", err
				}
				return sum(ctx, tx, "session", "", 1)
			})
	}},
	{name: "T25-stopped-scan/behind-the-last-row", fn: func(e *env) {
		e.set(put("session", "a", "1"))
		e.seen("an insert between the last row and the own write at which the scan stopped", []write{put("session", "b", "1")},
			func(ctx context.Context, tx handle) (string, error) {
				if err := tx.Set(ctx, put("session", "c", "own"), put("session", "z", "own")); err != nil {
					return "", err
				}
				return sum(ctx, tx, "session", "", 2)
			})
	}},
	{name: "T25-stopped-scan/on-a-row", fn: func(e *env) {
		e.set(put("session", "b", "1"), put("session", "d", "1"), put("session", "f", "1"))
		e.seen("an insert before the row at which the scan stopped", []write{put("session", "c", "1")},
			func(ctx context.Context, tx handle) (string, error) { return sum(ctx, tx, "session", "", 2) })
		e.seen("a deletion of the row at which the scan stopped", []write{del("session", "c")},
			func(ctx context.Context, tx handle) (string, error) { return sum(ctx, tx, "session", "", 2) })
	}},
	{name: "T27-failed-read/no-commit-follows", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		reads := map[string]func(ctx context.Context, tx handle){
			"Get":      func(ctx context.Context, tx handle) { _, _, _ = tx.Get(ctx, "session", "a") },
			"Has":      func(ctx context.Context, tx handle) { _, _ = tx.Has(ctx, "session", "a") },
			"GetMany":  func(ctx context.Context, tx handle) { _, _ = tx.GetMany(ctx, "session", "a", "b") },
			"Scan":     func(ctx context.Context, tx handle) { _, _ = collect(ctx, tx, "session") },
			"Families": func(ctx context.Context, tx handle) { _, _ = tx.Families(ctx) },
			"nested": func(ctx context.Context, tx handle) {
				_ = tx.Transaction(ctx, "n", func(ctx context.Context, in handle) error {
					_, _, _ = in.Get(ctx, "session", "a")
					return nil
				})
			},
		}
		for name, read := range reads {
			for _, nth := range []int{1, 2} { // 2 is the second page of a Scan
				e.failNthRead(nth)
				failed := false
				calls := e.wire.during(func() {
					err := e.s.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
						read(ctx, tx)
						_ = tx.Set(ctx, put("wrong", "x", "1"))
						return nil
					})
					failed = err != nil
					if failed {
						e.is(err, errInjected, "a transaction whose "+name+" failed")
					}
				})
				e.wire.on(nil)
				if nth == 1 || name == "Scan" {
					e.that(failed && calls.writes == 0, "a transaction whose %s failed, read %d, committed", name, nth)
					e.lacks("wrong", "x")
				}
				e.set(del("wrong", "x"))
			}
		}
	}},
}

// seen checks that a transaction notices foreign writes to what it has read
// before its commit.
func (e *env) seen(what string, foreign []write, read func(ctx context.Context, tx handle) (string, error)) {
	e.t.Helper()
	first := once()
	runs := 0
	e.tx("", func(ctx context.Context, tx handle) error {
		runs++
		found, err := read(ctx, tx)
		if err != nil {
			return err
		}
		if first() {
			e.set(foreign...)
		}
		return tx.Set(ctx, put("result", "seen", found))
	})
	e.that(runs > 1, "%s was not noticed", what)
}

// sum returns the ids and values of a scan that stops after most records. -1
// means all.
func sum(ctx context.Context, tx handle, family, prefix string, most int) (string, error) {
	var found strings.Builder
	for r, err := range tx.Scan(ctx, family, prefix) {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&found, "%s=%s ", r.ID, r.Value)
		if most--; most == 0 {
			break
		}
	}
	return found.String(), nil
}

// failNthRead makes only the nth backend read from now on fail.
func (e *env) failNthRead(nth int) {
	from := e.wire.count().reads
	e.wire.on(func(c call, next func(context.Context) error) error {
		if c.kind == read && c.n == from+nth {
			return errInjected
		}
		return next(c.ctx)
	})
}
