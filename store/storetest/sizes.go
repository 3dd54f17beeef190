package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"

	"github.com/keyfam/keyfam/store"
)

var sizeChecks = []check{
	{name: "R11-sizes/value-of-450-kb", fn: func(e *env) {
		value := make([]byte, 450_000)
		rand.Read(value)
		most := e.limits()
		fits := within(len(value), most.ValueBytes) && within(len(value)+3, most.CommitBytes)
		err := e.s.Set(e.ctx, put("session", "old", "1"), write{family: "session", id: "big", value: value})
		if !fits {
			e.is(err, store.ErrTooLarge, "Set of 450 KB, which is above the declared limits")
			e.scans(e.ctx, e.s, "session", "")
			return
		}
		e.ok(err, "Set of 450 KB")
		got, ok, err := e.s.Get(e.ctx, "session", "big")
		e.that(err == nil && ok && bytes.Equal(got, value), "Get of a value of 450 KB: %d bytes, %v, %v", len(got), ok, err)
		for r, err := range e.s.Scan(e.ctx, "session", "b") {
			e.that(err == nil && bytes.Equal(r.Value, value), "Scan of a value of 450 KB: %d bytes, %v", len(r.Value), err)
		}
	}},
	{name: "R11-sizes/batch-of-812", fn: func(e *env) {
		const n = 812
		most := e.limits()
		var ws []write
		for i := range n {
			ws = append(ws, put("pre-key", padded(i), "x"))
		}
		err := e.s.Set(e.ctx, ws...)
		if !within(n, most.CommitRecords) || !within(n*9, most.CommitBytes) {
			e.is(err, store.ErrTooLarge, "Set of 812 records, which is above the declared limits")
			e.scans(e.ctx, e.s, "pre-key", "")
			e.fill(e.s, "pre-key", n, padded)
		} else {
			e.ok(err, "Set of 812 records")
		}
		e.that(len(e.scan(e.ctx, e.s, "pre-key", "")) == n, "not all of 812 records are there")
		var ids []string
		for i := range n {
			ids = append(ids, padded(i))
		}
		found, err := e.s.GetMany(e.ctx, "pre-key", ids...)
		if !within(n, most.ReadKeys) {
			e.is(err, store.ErrTooLarge, "GetMany of 812 ids, which is above the declared limits")
			return
		}
		e.that(err == nil && len(found) == n, "GetMany of 812 ids: %d found, %v", len(found), err)
	}},
	{name: "R11-sizes/transaction-on-812", fn: func(e *env) {
		const n = 812
		e.fill(e.s, "pre-key", n, padded)
		most := e.limits()
		fits := within(n, most.CommitChecks) && within(n, most.CommitRecords) && within(n*20, most.CommitBytes)
		err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
			for i := range n {
				if err := add(ctx, tx, "pre-key", padded(i), 1); err != nil {
					return err
				}
			}
			return nil
		})
		want := padded(0)[7:]
		if fits {
			e.ok(err, "a transaction on 812 records")
			want = "1"
		} else {
			e.is(err, store.ErrTooLarge, "a transaction on 812 records, which is above the declared limits")
		}
		e.holds("pre-key", padded(0), want)
	}},
	{name: "R11-sizes/family-of-100000", fn: func(e *env) {
		n := e.n(100_000)
		e.fill(e.s, "pre-key", n, padded)
		e.set(put("session", "other", "x"))
		got := e.scan(e.ctx, e.s, "pre-key", "")
		e.that(len(got) == n && slices.IsSorted(got), "a scan of %d records yields %d", n, len(got))
		e.holds("pre-key", padded(n-1), itoa(n-1))
		e.families(e.ctx, e.s, "pre-key", "session")
		e.tx("", func(ctx context.Context, tx handle) error {
			seen := 0
			for _, err := range tx.Scan(ctx, "pre-key", "") {
				if err != nil {
					return err
				}
				seen++
			}
			return tx.Set(ctx, put("count", "pre-key", itoa(seen)))
		})
		e.counted("count", "pre-key", n)
		e.ok(e.s.Clear(e.ctx), "Clear")
		e.scans(e.ctx, e.s, "pre-key", "")
	}},
	{name: "R11-sizes/longest-names", fn: func(e *env) {
		longest := 512
		if most := e.limits().IDBytes; most > 0 {
			longest = min(longest, most)
		}
		id := string(bytes.Repeat([]byte("i"), longest))
		family := "f" + string(bytes.Repeat([]byte("a"), 63))
		e.set(put(family, id, "x"), put(family, id[1:], "y"))
		e.holds(family, id, "x")
		e.scans(e.ctx, e.s, family, id[1:], id[1:], id)
		e.scans(e.ctx, e.s, family, id, id)
		e.families(e.ctx, e.s, family)
		e.set(del(family, id))
		e.lacks(family, id)
		e.holds(family, id[1:], "y")
	}},
}

// within reports whether a size is within a limit. 0 means no limit.
func within(size, limit int) bool { return limit == 0 || size <= limit }
