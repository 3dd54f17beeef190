package storetest

import (
	"context"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/store"
)

var selectionChecks = []check{
	{name: "R13-selection/bounds-and-order", fn: func(e *env) { e.narrowed(narrowings(), 0) }},
	{name: "R13-selection/drawn-bounds", fn: func(e *env) {
		all := seed()
		e.narrowed(e.drawn(all), all)
	}},
	{name: "R13-selection/across-pages", fn: func(e *env) {
		n := e.n(3000)
		e.fill(e.s, "session", n, padded)
		var want []string
		for i := range n {
			want = append(want, padded(i))
		}
		back := slices.Clone(want)
		slices.Reverse(back)
		everywhere(e, func(ctx context.Context, h handle) {
			e.lists(ctx, "all", h.Select("session"), want...)
			e.lists(ctx, "all in reverse", h.Select("session").Reverse(), back...)
			e.lists(ctx, "all but the first and the last", h.Select("session").After(want[0]).Before(back[0]).Reverse(), back[1:n-1]...)
			e.lists(ctx, "most", h.Select("session").Limit(n-1).Reverse(), back[:n-1]...)
		})
	}},
	{name: "R13-selection/stops-with-the-consumer", fn: func(e *env) {
		e.fill(e.s, "session", 2000, padded)
		everywhere(e, func(ctx context.Context, h handle) {
			for _, s := range []selection{h.Select("session"), h.Select("session").Reverse(), h.Select("session").Limit(3)} {
				calls := e.wire.during(func() {
					for _, err := range s.All(ctx) {
						e.ok(err, "All")
						break
					}
					for _, err := range s.IDs(ctx) {
						e.ok(err, "IDs")
						break
					}
				})
				e.that(calls.reads <= 2, "two selections that stop at their first record made %d reads, want 2", calls.reads)
			}
		})
	}},
	{name: "R13-selection/limits", fn: func(e *env) {
		e.set(put("session", "a", "1"), put("session", "b", "1"))
		e.eachWay(func(ctx context.Context, h handle) {
			for _, s := range []selection{h.Select("session").Limit(0), h.Select("session").Limit(2).Limit(0).Limit(5)} {
				e.selects(ctx, s, nil, 0)
			}
			e.selects(ctx, h.Select("session").Limit(1).Limit(7), []string{"a"}, 0)
			for _, s := range []selection{h.Select("session").Limit(-1), h.Select("session").Limit(-1).Limit(3), h.Select("session").Limit(0).Limit(-1)} {
				e.noSelection(ctx, s, store.ErrInvalid, "a negative limit")
			}
		})
		e.tx("", func(ctx context.Context, tx handle) error {
			n, err := tx.Select("session").Limit(0).DeleteAll(ctx)
			e.that(n == 0 && err == nil, "DeleteAll of nothing: %d, %v", n, err)
			_, err = tx.Select("session").Limit(-1).DeleteAll(ctx)
			e.is(err, store.ErrInvalid, "DeleteAll with a negative limit")
			return nil
		})
		e.holds("session", "a", "1")
		e.holds("session", "b", "1")
	}},
	{name: "R13-selection/bad-bounds", fn: func(e *env) {
		o := quick()
		o.MaxIDBytes = 8
		e.rebuild(o)
		e.set(put("session", "aaaaaaaa", "1"))
		everywhere(e, func(ctx context.Context, h handle) {
			e.selects(ctx, h.Select("session").From("aaaaaaaa").Until("aaaaaaaa"), []string{"aaaaaaaa"}, 0)
			e.selects(ctx, h.Select("session").From("").Prefix(""), []string{"aaaaaaaa"}, 0)
			e.selects(ctx, h.Select("session").Before(""), nil, 0)
			long := "aaaaaaaaa"
			for _, s := range []selection{
				h.Select("session").From(long), h.Select("session").After(long), h.Select("session").Before(long), h.Select("session").Until(long),
				h.Select("session").Prefix(long), h.Select("session").From(long).From("b").Limit(0),
			} {
				e.noSelection(ctx, s, store.ErrTooLarge, "a bound that is too long")
			}
			e.noSelection(ctx, h.Select("Session"), store.ErrInvalid, "a bad family name")
			e.noSelection(ctx, h.Select(""), store.ErrInvalid, "no family name")
		})
	}},
	{name: "R13-selection/ids-without-values", fn: func(e *env) {
		e.fill(e.s, "session", 50, padded)
		e.eachWay(func(ctx context.Context, h handle) {
			before := e.wire.valued()
			_ = e.listed(ctx, h.Select("session"))
			_ = e.listed(ctx, h.Select("session").Reverse().Limit(7))
			if _, err := h.Select("session").Limit(9).Count(ctx); err != nil {
				e.Errorf("Count: %v", err)
			}
			e.that(e.wire.valued() == before, "IDs or Count asked the backend for values")
		})
	}},
}

var boundIDs = []string{"\x00", "a", "a\x00", "a\x00b", "ab", "abc", "abd", "b", "b\xff", "c", "\xfe\xff", "\xff", "\xff\x00", "\xff\xff"}

// narrowings is each kind of bound, and pairs that meet, touch, cross or lie
// outside of a prefix.
func narrowings() []narrowing {
	bound := func(by narrowBy, id string) narrowStep { return narrowStep{by: by, bound: id} }
	reverse := narrowStep{by: byReverse}
	limit := func(n int) narrowStep { return narrowStep{by: byLimit, limit: n} }
	forward := []narrowing{
		{},
		{bound(byPrefix, "a")},
		{bound(byPrefix, "ab")},
		{bound(byPrefix, "\xff")},
		{bound(byPrefix, "\xfe\xff")},
		{bound(byFrom, "ab")},
		{bound(byAfter, "ab")},
		{bound(byBefore, "ab")},
		{bound(byUntil, "ab")},
		{bound(byFrom, "aa")},
		{bound(byAfter, "aa")},
		{bound(byBefore, "aa")},
		{bound(byUntil, "aa")},
		{bound(byFrom, "ab"), bound(byUntil, "b")},
		{bound(byAfter, "ab"), bound(byBefore, "b")},
		{bound(byFrom, "b"), bound(byBefore, "b")},
		{bound(byFrom, "c"), bound(byUntil, "a")},
		{bound(byAfter, "b"), bound(byUntil, "b")},
		{bound(byPrefix, "a"), bound(byFrom, "\x00")},
		{bound(byPrefix, "a"), bound(byFrom, "b")},
		{bound(byPrefix, "a"), bound(byBefore, "\x00")},
		{bound(byPrefix, "a"), bound(byUntil, "\xff")},
		{bound(byPrefix, "a"), bound(byPrefix, "ab")},
		{bound(byPrefix, "a"), bound(byPrefix, "b")},
		{bound(byAfter, "a"), bound(byAfter, "b"), bound(byAfter, "ab")},
		{bound(byBefore, "b"), bound(byBefore, "\xff"), bound(byUntil, "abc")},
		{bound(byAfter, "\xff\xff")},
		{bound(byFrom, "\xff\xff")},
		{bound(byBefore, "\x00")},
		{bound(byUntil, "\x00")},
		{bound(byAfter, "\xff"), bound(byPrefix, "\xff")},
		{limit(1)},
		{limit(3)},
		{limit(100)},
		{bound(byFrom, "ab"), limit(2)},
		{limit(4), bound(byAfter, "a\x00"), limit(2)},
	}
	all := []narrowing{{reverse, reverse}, {reverse, limit(3), reverse}}
	for _, n := range forward {
		all = append(all, n, slices.Concat(n, narrowing{reverse}))
	}
	return all
}

// drawn is random ones.
func (e *env) drawn(seed uint64) (all []narrowing) {
	r := random(seed, "narrowings")
	for range e.rounds(100) {
		n := drawNarrowing(r, true)
		for i := range n {
			n[i].bound = drawOne(r, boundIDs)
		}
		all = append(all, n)
	}
	return all
}

// narrowed checks selections of one family of four with the same ids.
func (e *env) narrowed(table []narrowing, seed uint64) {
	for _, family := range []string{"session", "sessio", "session-x", "sessionz"} {
		e.fill(e.s, family, len(boundIDs), func(i int) string { return boundIDs[i] })
	}
	for _, n := range table {
		e.eachWay(func(ctx context.Context, h handle) {
			e.selects(ctx, n.of(h.Select("session")), n.pick(boundIDs), seed)
		})
	}
}

// selects checks every verb of a selection that reads. The seed is that of a
// random selection, 0 for others.
func (e *env) selects(ctx context.Context, s selection, want []string, seed uint64) {
	e.t.Helper()
	if want == nil {
		want = []string{}
	}
	wrong := func(what string, got any) {
		e.t.Helper()
		e.Errorf("%s of a selection of %q: %v (-storetest.seed=%d)", what, want, got, seed)
	}
	if got := e.listed(ctx, s); !slices.Equal(got, want) {
		wrong("IDs", got)
	}
	values := map[string]string{}
	ids := []string{}
	for r, err := range s.All(ctx) {
		e.ok(err, "All")
		ids = append(ids, r.ID)
		values[r.ID] = string(r.Value)
	}
	if !slices.Equal(ids, want) {
		wrong("All", ids)
	}
	n, err := s.Count(ctx)
	if err != nil || n != len(want) {
		wrong("Count", []any{n, err})
	}
	for what, one := range map[string]func(context.Context) (store.Record, bool, error){"First": s.First, "Last": s.Last} {
		r, ok, err := one(ctx)
		id := ""
		if len(want) > 0 {
			id = want[0]
			if what == "Last" {
				id = want[len(want)-1]
			}
		}
		if err != nil || ok != (len(want) > 0) || r.ID != id || string(r.Value) != values[id] {
			wrong(what, []any{r, ok, err})
		}
	}
	page, err := s.Page(ctx, "", len(want)+1)
	if err != nil || len(page.Records) != len(want) || page.Next != "" {
		wrong("Page", []any{page, err})
	}
}

// noSelection checks that every verb that reads refuses the selection.
func (e *env) noSelection(ctx context.Context, s selection, target error, what string) {
	e.t.Helper()
	errs := map[string]error{}
	for _, errs["All"] = range s.All(ctx) {
		continue
	}
	for _, errs["IDs"] = range s.IDs(ctx) {
		continue
	}
	_, _, errs["First"] = s.First(ctx)
	_, _, errs["Last"] = s.Last(ctx)
	_, errs["Count"] = s.Count(ctx)
	_, errs["Page"] = s.Page(ctx, "", 10)
	for _, verb := range slices.Sorted(maps.Keys(errs)) {
		e.is(errs[verb], target, verb+" with "+what)
	}
}
