package storetest

import (
	"bytes"
	"context"
	"encoding/base64"
	"slices"

	"github.com/keyfam/keyfam/store"
)

var pageChecks = []check{
	{name: "R14-page/leads-on", fn: func(e *env) {
		e.fill(e.s, "session", 10, itoa)
		all := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
		for _, n := range []narrowing{
			{},
			{{by: byReverse}},
			{{by: byAfter, bound: "2"}, {by: byBefore, bound: "8"}},
			{{by: byAfter, bound: "2"}, {by: byUntil, bound: "8"}, {by: byReverse}},
			{{by: byPrefix, bound: "x"}},
			{{by: byPrefix, bound: "4"}},
			{{by: byReverse}, {by: byLimit, limit: 7}},
			{{by: byFrom, bound: "3"}, {by: byLimit, limit: 4}},
		} {
			e.eachWay(func(ctx context.Context, h handle) {
				for _, size := range []int{1, 2, 3, 10} {
					e.paged(ctx, n.of(h.Select("session")), size, n.pick(all))
				}
			})
		}
	}},
	{name: "R14-page/limit-across-pages", fn: func(e *env) {
		e.fill(e.s, "session", 10, itoa)
		e.eachWay(func(ctx context.Context, h handle) {
			e.paged(ctx, h.Select("session").Limit(5), 2, []string{"0", "1", "2", "3", "4"})
			e.paged(ctx, h.Select("session").Limit(4).Reverse(), 2, []string{"9", "8", "7", "6"})
			e.paged(ctx, h.Select("session").Limit(10), 5, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
		})
	}},
	{name: "R14-page/stable", fn: func(e *env) {
		for _, reverse := range []bool{false, true} {
			s := e.s.Select("session")
			if reverse {
				s = s.Reverse()
			}
			e.set(put("session", "b", "1"), put("session", "d", "1"), put("session", "f", "1"), put("session", "h", "1"))
			page, err := s.Page(e.ctx, "", 2)
			e.ok(err, "Page")
			e.that(len(page.Records) == 2 && page.Next != "", "the first page has %d records, next %v", len(page.Records), page.Next != "")
			// What lies behind the cursor's record is shifted, and the record is gone.
			want := []string{"e", "g", "h"}
			ws := []write{put("session", "a", "1"), put("session", "c", "1"), del("session", "d"), put("session", "e", "1"), del("session", "f"), put("session", "g", "1")}
			if reverse {
				want = []string{"d", "c", "b"}
				ws = []write{put("session", "i", "1"), put("session", "g", "1"), del("session", "f"), put("session", "c", "1"), put("session", "e", "2"), del("session", "e")}
			}
			e.set(ws...)
			for range 2 { // a cursor may be used again
				rest, err := s.Page(e.ctx, page.Next, 10)
				e.ok(err, "Page")
				var got []string
				for _, r := range rest.Records {
					got = append(got, r.ID)
				}
				e.that(slices.Equal(got, want) && rest.Next == "", "the second page after inserts and deletes (reverse: %v) is %q, want %q", reverse, got, want)
			}
			e.ok(e.s.Clear(e.ctx), "Clear")
		}
	}},
	{name: "R14-page/of-another-selection", fn: func(e *env) {
		for _, family := range []string{"session", "pre-key"} {
			e.fill(e.s, family, 10, itoa)
		}
		everywhere(e, func(ctx context.Context, h handle) {
			base := func() selection { return h.Select("session").From("2").Before("8").Limit(5) }
			page, err := base().Page(ctx, "", 2)
			e.ok(err, "Page")
			for what, s := range map[string]selection{
				"another family": h.Select("pre-key").From("2").Before("8").Limit(5), "another start": h.Select("session").From("1").Before("8").Limit(5),
				"another end": h.Select("session").From("2").Before("9").Limit(5), "another limit": base().Limit(4), "no limit": h.Select("session").From("2").Before("8"),
				"the other direction": base().Reverse(),
			} {
				_, err := s.Page(ctx, page.Next, 2)
				e.is(err, store.ErrInvalid, "a cursor of a selection with "+what)
			}
			for _, bad := range []string{"x", "!", "AAAA", page.Next[:len(page.Next)/2], page.Next + "=", "0", page.Next[1:]} {
				_, err := base().Page(ctx, bad, 2)
				e.is(err, store.ErrInvalid, "a cursor that is malformed")
			}
			for _, n := range []int{0, -1} {
				_, err := base().Page(ctx, "", n)
				e.is(err, store.ErrInvalid, "a page of "+itoa(n))
			}
			if _, err := base().Page(ctx, page.Next, 2); err != nil {
				e.Errorf("a cursor of the selection: %v", err)
			}
		})
	}},
	{name: "R14-page/forged", fn: func(e *env) {
		for _, id := range []string{"a1", "a2", "b1", "b2", "b3", "b4", "c1", "c2"} {
			e.set(put("session", id, "1"))
		}
		for _, reverse := range []bool{false, true} {
			s := e.s.Select("session").Prefix("b").Limit(3)
			last := "b1"
			if reverse {
				s, last = s.Reverse(), "b4"
			}
			page, err := s.Page(e.ctx, "", 1)
			e.ok(err, "Page")
			for _, id := range []string{"a0", "a1", "b0", "b9", "c1", "c9", "\x00", "\xff\xff", "b", "b1\x00"} {
				forged := e.forge(page.Next, last, id)
				rest, err := s.Page(e.ctx, forged, 10)
				e.that(len(rest.Records) <= 3, "a forged cursor leads to %d records, the limit is 3", len(rest.Records))
				for _, r := range rest.Records {
					e.that(r.ID[0] == 'b', "a forged cursor (%q) leads to %q, out of the selection", id, r.ID)
				}
				if err != nil {
					e.is(err, store.ErrInvalid, "a forged cursor")
				}
			}
		}
	}},
}

// forge puts another id into a cursor.
func (e *env) forge(cursor, last, id string) string {
	e.t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	e.ok(err, "decoding a cursor")
	head, ok := bytes.CutSuffix(raw, []byte(last))
	e.that(ok, "a cursor does not end with the id of its record")
	return base64.RawURLEncoding.EncodeToString(append(slices.Clone(head), id...))
}

// paged checks that pages of one size lead through a selection. Only the last
// page may be smaller, and none is empty unless the selection is.
func (e *env) paged(ctx context.Context, s selection, size int, want []string) {
	e.t.Helper()
	var got []string
	cursor := ""
	for n := 0; ; n++ {
		page, err := s.Page(ctx, cursor, size)
		if err != nil {
			e.Errorf("page %d of a selection of %q: %v", n, want, err)
			return
		}
		for _, r := range page.Records {
			got = append(got, r.ID)
		}
		if cursor = page.Next; cursor == "" {
			e.that(len(page.Records) > 0 || len(want) == 0, "the last page of a selection of %q is empty", want)
			break
		}
		e.that(len(page.Records) == size, "a page that is not the last has %d records, want %d", len(page.Records), size)
		if n > len(want) {
			e.Errorf("a selection of %q has no last page", want)
			return
		}
	}
	e.that(slices.Equal(got, want), "pages of %d: %q, want %q", size, got, want)
}
