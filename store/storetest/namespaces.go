package storetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
)

var namespaceChecks = []check{
	{name: "R10-namespaces/apart", fn: func(e *env) {
		names := []string{"", "a", "ab", "a\x00", "A", "\xff", "a/b", "session", "_", "*"}
		for i, name := range names {
			e.ok(e.s.Namespace(name).Set(e.ctx, put("session", "x", itoa(i)), put("session", "only-"+itoa(i), "1")), "Set")
		}
		for i, name := range names {
			s := e.s.Namespace(name)
			e.want(e.ctx, s, "session", "x", itoa(i))
			e.scans(e.ctx, s, "session", "", "only-"+itoa(i), "x")
			e.families(e.ctx, s, "session")
			e.gets(e.ctx, s, "session", []string{"only-0", "only-1", "only-2"}, ownID(i, 3)...)
		}
		e.ok(e.s.Namespace("a").Set(e.ctx, del("session", "x")), "Set")
		e.want(e.ctx, e.s.Namespace("ab"), "session", "x", "2")
		e.want(e.ctx, e.s, "session", "x", "0")
		e.want(e.ctx, e.s.Namespace("a").Namespace("ab"), "session", "x", "2")
	}},
	{name: "R10-namespaces/transactions-apart", fn: func(e *env) {
		one, two := e.s.Namespace("one"), e.s.Namespace("two")
		e.ok(two.Set(e.ctx, put("session", "x", "5")), "Set")
		e.ok(one.Transaction(e.ctx, "k", func(ctx context.Context, tx handle) error {
			e.absent(ctx, tx, "session", "x")
			e.scans(ctx, tx, "session", "")
			e.ok(two.Transaction(e.ctx, "k", increment("session", "x")), "a transaction of the same label in another namespace")
			return add(ctx, tx, "session", "x", 1)
		}), "Transaction")
		e.want(e.ctx, one, "session", "x", "1")
		e.want(e.ctx, two, "session", "x", "6")
		e.lacks("session", "x")
	}},
	{name: "R10-clear/one-namespace", fn: func(e *env) {
		for _, name := range []string{"", "a", "ab"} {
			e.ok(e.s.Namespace(name).Set(e.ctx, put("session", "x", name), put("a", "\x00", "low"), put("zz", "\xff\xff", "high")), "Set")
		}
		e.ok(e.s.Namespace("a").Clear(e.ctx), "Clear")
		e.families(e.ctx, e.s.Namespace("a"))
		e.scans(e.ctx, e.s.Namespace("a"), "session", "")
		e.scans(e.ctx, e.s.Namespace("a"), "zz", "")
		for _, name := range []string{"", "ab"} {
			e.families(e.ctx, e.s.Namespace(name), "a", "session", "zz")
			e.want(e.ctx, e.s.Namespace(name), "session", "x", name)
		}
		e.ok(e.s.Clear(e.ctx), "Clear")
		e.families(e.ctx, e.s)
		e.families(e.ctx, e.s.Namespace("ab"), "a", "session", "zz")
		e.ok(e.s.Namespace("a").Set(e.ctx, put("session", "again", "1")), "Set after Clear")
		e.scans(e.ctx, e.s.Namespace("a"), "session", "", "again")
		e.ok(e.s.Namespace("never").Clear(e.ctx), "Clear of an empty namespace")
	}},
	{name: "R10-clear/what-nobody-touched", fn: func(e *env) {
		e.set(put("session", "a", "1"), put("tctoken", "b", "1"))
		e.fill(e.s, "pre-key", e.pages(), padded)
		fresh := e.far() // has seen none of the writes
		e.ok(fresh.Clear(e.ctx), "Clear")
		e.families(e.ctx, e.s)
		e.lacks("session", "a")
		e.lacks("pre-key", padded(7))
	}},
	{name: "R10-clear/families-of-the-store", fn: func(e *env) {
		own := reserved.Context(e.ctx)
		e.ok(e.s.Set(own, put(reserved.Schema, "pkg", "1"), put(reserved.Schema, "\xff", "2"), put("_a", "x", "3")), "Set")
		e.set(put("session", "x", "1"), put("a", "x", "1"))
		e.families(e.ctx, e.s, "a", "session")
		e.ok(e.s.Clear(e.ctx), "Clear")
		e.families(e.ctx, e.s)
		e.tx("", func(ctx context.Context, tx handle) error {
			if err := tx.Set(ctx, put("session", "y", "1")); err != nil {
				return err
			}
			if err := tx.Clear(ctx); err != nil {
				return err
			}
			e.families(ctx, tx)
			e.want(reserved.Context(ctx), tx, reserved.Schema, "pkg", "1")
			e.scans(reserved.Context(ctx), tx, reserved.Schema, "", "pkg", "\xff")
			return nil
		})
		e.want(own, e.s, reserved.Schema, "pkg", "1")
		e.want(own, e.s, "_a", "x", "3")
		e.scans(own, e.s, reserved.Schema, "", "pkg", "\xff")
		e.families(e.ctx, e.s)
	}},
	{name: "R10-clear/families-of-the-store-are-out-of-reach", fn: func(e *env) {
		e.ok(e.s.Set(reserved.Context(e.ctx), put(reserved.Schema, "pkg", "1")), "Set")
		everywhere(e, func(ctx context.Context, h handle) {
			_, _, err := h.Get(ctx, reserved.Schema, "pkg")
			e.is(err, store.ErrInvalid, "Get of a family of the store")
			for _, err := range h.Scan(ctx, reserved.Schema, "") {
				e.is(err, store.ErrInvalid, "Scan of a family of the store")
			}
		})
		e.is(e.s.Set(e.ctx, put(reserved.Schema, "pkg", "2")), store.ErrInvalid, "Set of a family of the store")
		e.want(reserved.Context(e.ctx), e.s, reserved.Schema, "pkg", "1")
	}},
	{name: "R12-lists/families", fn: func(e *env) {
		e.families(e.ctx, e.s)
		e.set(put("session", "a", "1"), put("session", "b", ""), put("a", "\xff", "1"), put("a-b", "x", "1"), put("zz9", "x", "1"))
		e.fill(e.s, "pre-key", 100, padded)
		everywhere(e, func(ctx context.Context, h handle) {
			e.families(ctx, h, "a", "a-b", "pre-key", "session", "zz9")
		})
		e.set(del("session", "a"), del("a", "\xff"))
		e.families(e.ctx, e.s, "a-b", "pre-key", "session", "zz9")
		e.set(del("session", "b"))
		e.families(e.ctx, e.s, "a-b", "pre-key", "zz9")
	}},
	{name: "R12-lists/families-with-own-writes", fn: func(e *env) {
		e.set(put("b", "x", "1"), put("d", "x", "1"), put("d", "y", "1"))
		e.tx("", func(ctx context.Context, tx handle) error {
			if err := tx.Set(ctx, put("a", "x", "1"), put("c", "x", "1"), del("b", "x"), del("d", "x"), del("e", "x")); err != nil {
				return err
			}
			e.families(ctx, tx, "a", "c", "d")
			e.families(e.ctx, e.s, "b", "d")
			return nil
		})
		e.families(e.ctx, e.s, "a", "c", "d")
	}},
	{name: "R12-lists/namespaces", needs: lists, fn: func(e *env) {
		e.namespaces()
		for _, name := range []string{"b", "", "a", "a\x00", "\xff"} {
			e.ok(e.s.Namespace(name).Set(e.ctx, put("session", "x", "1")), "Set")
		}
		e.namespaces("", "a", "a\x00", "b", "\xff")
		e.ok(e.s.Namespace("a").Set(e.ctx, del("session", "x")), "Set")
		e.ok(e.s.Namespace("b").Clear(e.ctx), "Clear")
		e.ok(e.s.Namespace("c").Set(reserved.Context(e.ctx), put(reserved.Schema, "x", "1")), "Set")
		e.namespaces("", "a\x00", "\xff")
		e.ok(e.s.Namespace("c").Set(e.ctx, put("session", "x", "1")), "Set")
		e.namespaces("", "a\x00", "c", "\xff")
	}},
	{name: "R12-lists/many-namespaces", needs: lists, fn: func(e *env) {
		const writers, each = 20, 105  // more than one page in all
		e.all(writers, func(who int) { // at once: a durable commit is slow alone
			for i := range each {
				e.ok(e.s.Namespace(padded(who*each+i)).Set(e.ctx, put("session", "x", "1")), "Set")
			}
		})
		var want []string
		for i := range writers * each {
			want = append(want, padded(i))
		}
		got, err := e.s.Namespaces(e.ctx)
		e.that(err == nil && slices.Equal(got, want), "Namespaces lists %d of %d, %v", len(got), len(want), err)
	}},
	{name: "R12-lists/not-supported", needs: notListing, fn: func(e *env) {
		_, err := e.s.Namespaces(e.ctx)
		e.is(err, store.ErrUnsupported, "Namespaces where the backend cannot list them")
	}},
}

func lists(p powers) string {
	if !p.lists {
		return "the driver does not list namespaces"
	}
	return ""
}

func notListing(p powers) string {
	if p.lists {
		return "the driver lists namespaces"
	}
	return ""
}

// namespaces checks the names that Namespaces lists.
func (e *env) namespaces(want ...string) {
	e.t.Helper()
	got, err := e.s.Namespaces(e.ctx)
	if err != nil || !slices.Equal(got, want) {
		e.Errorf("Namespaces: got %q, %v, want %q", got, err, want)
	}
}

// ownID is the one of "only-0" to "only-(n-1)" that is i's, if any.
func ownID(i, n int) []string {
	if i >= n {
		return nil
	}
	return []string{"only-" + itoa(i)}
}

func itoa(i int) string { return fmt.Sprint(i) }
