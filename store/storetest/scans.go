package storetest

import (
	"context"
	"slices"
	"strings"
)

var scanChecks = []check{
	{name: "R9-scan/order-and-prefix", fn: func(e *env) {
		e.set(put("session", "abc", "1"), put("session", "ab", "2"), put("session", "abd", "3"), put("session", "b", "4"),
			put("session", "abc0", "5"), put("session", "abb\xff", "6"), put("sessionx", "abc1", "7"), put("session-", "abc2", "8"), put("sessio", "abc3", "9"))
		everywhere(e, func(ctx context.Context, h handle) {
			e.scans(ctx, h, "session", "", "ab", "abb\xff", "abc", "abc0", "abd", "b")
			e.scans(ctx, h, "session", "abc", "abc", "abc0")
			e.scans(ctx, h, "session", "ab", "ab", "abb\xff", "abc", "abc0", "abd")
			e.scans(ctx, h, "session", "abcd")
			e.scans(ctx, h, "other", "")
		})
	}},
	{name: "R9-scan/prefix-of-high-bytes", fn: func(e *env) {
		e.set(put("session", "\xff", "1"), put("session", "\xff\xff", "2"), put("session", "\xff\xff\x00", "3"), put("session", "\xfe\xff", "4"),
			put("session", "a\xff", "5"), put("session", "a\xff\x01", "6"), put("session", "b", "7"), put("sessiona", "\xff\xff", "8"))
		everywhere(e, func(ctx context.Context, h handle) {
			e.scans(ctx, h, "session", "\xff", "\xff", "\xff\xff", "\xff\xff\x00")
			e.scans(ctx, h, "session", "\xff\xff", "\xff\xff", "\xff\xff\x00")
			e.scans(ctx, h, "session", "a\xff", "a\xff", "a\xff\x01")
		})
	}},
	{name: "R9-scan/complete-across-pages", fn: func(e *env) {
		n := e.pages()
		prefix := padded(n / 2)[:6]
		var want, some []string
		for i := range n {
			want = append(want, padded(i))
			if strings.HasPrefix(padded(i), prefix) {
				some = append(some, padded(i))
			}
		}
		e.fill(e.s, "session", n, padded)
		e.fill(e.s, "sessiona", 10, padded)
		everywhere(e, func(ctx context.Context, h handle) {
			got := e.scan(ctx, h, "session", "")
			e.that(slices.Equal(got, want), "a scan of %d records yields %d, or not in order", n, len(got))
			got = e.scan(ctx, h, "session", prefix)
			e.that(slices.Equal(got, some), "a scan of %d records by prefix yields %d, or not in order", len(some), len(got))
		})
	}},
	{name: "R9-scan/stops", fn: func(e *env) {
		e.fill(e.s, "session", e.pages(), padded)
		everywhere(e, func(ctx context.Context, h handle) {
			seen := 0
			calls := e.wire.during(func() {
				for _, err := range h.Scan(ctx, "session", "") {
					e.ok(err, "Scan")
					if seen++; seen == 3 {
						break
					}
				}
			})
			e.that(seen == 3, "the loop stopped at 3 records and saw %d", seen)
			e.that(calls.reads <= 1, "a scan that stopped at the third record made %d backend reads", calls.reads)
		})
	}},
	{name: "R9-scan/error-comes-last", fn: func(e *env) {
		n := e.pages()
		e.fill(e.s, "session", n, padded)
		from := e.wire.count().reads
		e.wire.on(func(c call, next func(context.Context) error) error {
			if c.kind == read && c.n == from+2 {
				return errInjected
			}
			return next(c.ctx)
		})
		var last error
		seen := 0
		for _, err := range e.s.Scan(e.ctx, "session", "") {
			e.that(last == nil, "the scan goes on after its error")
			if last = err; err == nil {
				seen++
			}
		}
		e.is(last, errInjected, "a scan whose second page failed")
		e.that(seen > 0 && seen < n, "a scan whose second page failed yielded %d records", seen)
	}},
	{name: "R9-scan/repeats", fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		everywhere(e, func(ctx context.Context, h handle) {
			records := h.Scan(ctx, "session", "")
			for range 2 {
				seen := 0
				for _, err := range records {
					e.ok(err, "Scan")
					seen++
				}
				e.that(seen == 100, "ranging over one scan again yields %d records of 100", seen)
			}
		})
	}},
	{name: "R9-scan/values", fn: func(e *env) {
		e.set(put("session", "a", "1"), put("session", "b", ""), put("session", "c", strings.Repeat("x", 5000)))
		everywhere(e, func(ctx context.Context, h handle) {
			got := map[string]string{}
			for r, err := range h.Scan(ctx, "session", "") {
				e.ok(err, "Scan")
				got[r.ID] = string(r.Value)
			}
			e.that(len(got) == 3 && got["a"] == "1" && got["b"] == "" && got["c"] == strings.Repeat("x", 5000), "a scan yields other values than were set")
		})
	}},
	{name: "T26-agreement/stopped-after-a-clear", fn: func(e *env) {
		n := e.pages()
		last := padded(n-1) + "x"
		e.fill(e.s, "session", n, padded)
		e.tx("", func(ctx context.Context, tx handle) error {
			for r, err := range tx.Scan(ctx, "session", "") {
				e.ok(err, "Scan")
				if r.ID == last {
					break // behind rows that were never read and are deleted
				}
				if err := tx.Clear(ctx); err != nil {
					return err
				}
				if err := tx.Set(ctx, put("session", last, "1"), put("session", "z", "1")); err != nil {
					return err
				}
			}
			return nil
		})
		e.scans(e.ctx, e.s, "session", "", last, "z")
	}},
	{name: "T26-agreement/own-writes", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"), put("session", "c", "0"), put("session", "e", "0"))
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Set(ctx, put("session", "a", "1"), del("session", "b"), put("session", "d", "1"), put("session", "f", "1"), put("zz", "z", "1"))
			if err != nil {
				return err
			}
			e.scans(ctx, tx, "session", "", "a", "c", "d", "e", "f")
			e.gets(ctx, tx, "session", []string{"a", "b", "c", "d", "e", "f"}, "a", "c", "d", "e", "f")
			e.families(ctx, tx, "session", "zz")
			for r, err := range tx.Scan(ctx, "session", "") {
				e.ok(err, "Scan")
				e.want(ctx, tx, "session", r.ID, string(r.Value))
			}
			return tx.Set(ctx, del("zz", "z"), del("session", "a"), put("aa", "a", "1"))
		})
		e.scans(e.ctx, e.s, "session", "", "c", "d", "e", "f")
		e.families(e.ctx, e.s, "aa", "session")
	}},
	{name: "T26-agreement/foreign-changes", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			before, had, err := tx.Get(ctx, "session", "a")
			if err != nil {
				return err
			}
			missing, err := tx.Has(ctx, "session", "c")
			if err != nil {
				return err
			}
			if first() {
				e.set(put("session", "a", "1"), put("session", "c", "1"))
			}
			scanned := map[string]string{}
			for r, err := range tx.Scan(ctx, "session", "") {
				if err != nil {
					return err // the attempt ends here, or
				}
				scanned[r.ID] = string(r.Value)
			}
			value, has := scanned["a"]
			e.that(has == had && value == string(before), "Get says %q, Scan of the same attempt %q", before, value)
			_, has = scanned["c"]
			e.that(has == missing, "Has says %v, Scan of the same attempt %v", missing, has)
			return tx.Set(ctx, put("session", "d", "1"))
		})
	}},
	{name: "T26-agreement/scan-twice", fn: func(e *env) {
		e.set(put("session", "a", "0"), put("session", "b", "0"))
		first := once()
		e.tx("", func(ctx context.Context, tx handle) error {
			one, err := collect(ctx, tx, "session")
			if err != nil {
				return err
			}
			if first() {
				e.set(put("session", "bb", "1"), del("session", "a"))
			}
			two, err := collect(ctx, tx, "session")
			if err != nil {
				return err
			}
			e.that(slices.Equal(one, two), "two scans of one attempt yield %q and %q", one, two)
			return tx.Set(ctx, put("session", "z", "1"))
		})
	}},
	{name: "T26-agreement/writing-in-the-loop", fn: func(e *env) {
		e.fill(e.s, "session", 200, padded)
		var seen []string
		e.tx("", func(ctx context.Context, tx handle) error {
			seen = nil
			for r, err := range tx.Scan(ctx, "session", "") {
				if err != nil {
					return err
				}
				seen = append(seen, r.ID)
				switch err = tx.Set(ctx, put("session", r.ID, "new"), put("other", r.ID, "x")); {
				case err != nil:
					return err
				case r.ID == padded(10): // write behind and ahead, and delete ahead
					err = tx.Set(ctx, put("session", padded(5)+"x", "new"), put("session", padded(11)+"x", "new"), del("session", padded(12)), del("session", padded(3)))
				}
				if err != nil {
					return err
				}
				e.want(ctx, tx, "session", r.ID, "new")
			}
			return nil
		})
		want := []string{}
		for i := range 200 {
			if i != 12 {
				want = append(want, padded(i))
			}
			if i == 11 {
				want = append(want, padded(i)+"x")
			}
		}
		e.that(slices.Equal(seen, want), "a loop that writes ahead and deletes ahead saw %d records, want %d: the inserted, not the deleted", len(seen), len(want))
		e.lacks("session", padded(3))
		e.holds("session", padded(5)+"x", "new")
		e.holds("session", padded(199), "new")
		e.that(len(e.scan(e.ctx, e.s, "other", "")) == len(want), "not all writes of the loop were committed")
	}},
}

// collect returns the ids of a family, or the error that ended the scan.
func collect(ctx context.Context, h handle, family string) (ids []string, err error) {
	for r, err := range h.Scan(ctx, family, "") {
		if err != nil {
			return ids, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}
