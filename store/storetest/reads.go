package storetest

import (
	"bytes"
	"context"
	"maps"
	"slices"
)

var readChecks = []check{
	{name: "R1-reads/present-and-absent", fn: func(e *env) {
		e.set(put("session", "a", "1"), put("session", "b", "2"), put("sender-key", "c", "3"))
		everywhere(e, func(ctx context.Context, h handle) {
			e.want(ctx, h, "session", "a", "1")
			e.absent(ctx, h, "session", "c")
			e.gets(ctx, h, "session", []string{"a", "b", "c", "d"}, "a", "b")
			for id, want := range map[string]bool{"a": true, "c": false} {
				has, err := h.Has(ctx, "session", id)
				e.that(err == nil && has == want, "Has %q: got %v, %v, want %v", id, has, err, want)
			}
		})
	}},
	{name: "R1-reads/no-ids", fn: func(e *env) {
		e.set(put("session", "a", "1"))
		everywhere(e, func(ctx context.Context, h handle) {
			calls := e.wire.during(func() {
				found, err := h.GetMany(ctx, "session")
				e.that(err == nil && len(found) == 0, "GetMany of no ids: got %d records, %v", len(found), err)
			})
			e.that(calls.total() == 0, "GetMany of no ids made %d backend calls", calls.total())
		})
	}},
	{name: "R1-reads/repeated-ids", fn: func(e *env) {
		e.set(put("session", "a", "1"), put("session", "b", "2"))
		everywhere(e, func(ctx context.Context, h handle) {
			e.gets(ctx, h, "session", []string{"a", "x", "b", "a", "x", "a"}, "a", "b")
		})
	}},
	{name: "R2-empty-value/is-a-value", fn: func(e *env) {
		e.set(put("session", "empty", ""), put("session", "full", "x"))
		e.ok(e.s.Set(e.ctx, write{family: "session", id: "nil"}), "Set of a nil value")
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Set(ctx, put("session", "inside", ""))
			e.want(ctx, tx, "session", "inside", "")
			return err
		})
		everywhere(e, func(ctx context.Context, h handle) {
			for _, id := range []string{"empty", "nil", "inside"} {
				value, ok, err := h.Get(ctx, "session", id)
				e.that(err == nil && ok && value != nil && len(value) == 0,
					"Get of an empty value: got %v (nil: %v), %v, %v", value, value == nil, ok, err)
				has, err := h.Has(ctx, "session", id)
				e.that(err == nil && has, "Has of an empty value: %v, %v", has, err)
			}
			e.gets(ctx, h, "session", []string{"empty", "nil", "inside"}, "empty", "inside", "nil")
			e.scans(ctx, h, "session", "", "empty", "full", "inside", "nil")
		})
	}},
	{name: "R2-empty-value/overwrites", fn: func(e *env) {
		e.set(put("session", "a", "before"))
		e.set(put("session", "a", ""))
		e.holds("session", "a", "")
		e.scans(e.ctx, e.s, "session", "", "a")
	}},
	{name: "R3-any-bytes/ids-and-values", fn: func(e *env) {
		ids := awkward()
		for _, id := range ids {
			e.set(put("session", id, "value of "+id+"\x00\xff"))
		}
		everywhere(e, func(ctx context.Context, h handle) {
			for _, id := range ids {
				e.want(ctx, h, "session", id, "value of "+id+"\x00\xff")
			}
			e.gets(ctx, h, "session", ids, ids...)
			e.scans(ctx, h, "session", "", ids...)
		})
	}},
	{name: "R3-any-bytes/touches-itself", fn: func(e *env) {
		ids := awkward()
		for _, gone := range ids {
			var ws []write
			for _, id := range ids {
				ws = append(ws, put("session", id, "x"))
			}
			e.set(ws...)
			e.set(del("session", gone))
			left := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == gone })
			e.scans(e.ctx, e.s, "session", "", left...)
			e.lacks("session", gone)
		}
	}},
	{name: "R3-any-bytes/families-apart", fn: func(e *env) {
		e.set(put("a", "b-c", "1"), put("a-b", "c", "2"), put("a", "b\x00c", "3"), put("a0", "b", "4"))
		e.set(del("a-b", "c"))
		e.holds("a", "b-c", "1")
		e.scans(e.ctx, e.s, "a", "", "b\x00c", "b-c")
		e.scans(e.ctx, e.s, "a-b", "")
		e.families(e.ctx, e.s, "a", "a0")
	}},
	{name: "R4-copies/what-was-given", fn: func(e *env) {
		given := []byte("given")
		e.ok(e.s.Set(e.ctx, write{family: "session", id: "a", value: given}), "Set")
		copy(given, "XXXXX")
		e.holds("session", "a", "given")
		e.tx("", func(ctx context.Context, tx handle) error {
			inside := []byte("inside")
			err := tx.Set(ctx, write{family: "session", id: "b", value: inside})
			copy(inside, "XXXXXX")
			e.want(ctx, tx, "session", "b", "inside")
			return err
		})
		e.holds("session", "b", "inside")
	}},
	{name: "R4-copies/what-was-got", views: true, fn: func(e *env) {
		e.set(put("session", "a", "stored"), put("session", "b", "stored"))
		everywhere(e, func(ctx context.Context, h handle) {
			spoil(e, ctx, h)
			e.want(ctx, h, "session", "a", "stored")
			e.want(ctx, h, "session", "b", "stored")
			e.scanValues(ctx, h, "session", "stored")
		})
		e.holds("session", "a", "stored")
		e.holds("session", "b", "stored")
	}},
	{name: "R4-copies/own-writes", fn: func(e *env) {
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Set(ctx, put("session", "a", "written"), put("session", "b", "written"))
			spoil(e, ctx, tx)
			e.want(ctx, tx, "session", "a", "written")
			e.scanValues(ctx, tx, "session", "written")
			return err
		})
		e.holds("session", "a", "written")
		e.holds("session", "b", "written")
	}},
	{name: "R4-copies/later-changes", fn: func(e *env) {
		e.set(put("session", "a", "first"))
		got, _, err := e.s.Get(e.ctx, "session", "a")
		e.ok(err, "Get")
		found, err := e.s.GetMany(e.ctx, "session", "a")
		e.ok(err, "GetMany")
		e.set(put("session", "a", "other"))
		e.set(del("session", "a"))
		e.that(string(got) == "first" && string(found["a"]) == "first", "what was got has changed: %q, %q", got, found["a"])
	}},
	{name: "T28-one-point/one-backend-read", fn: func(e *env) {
		e.set(put("session", "a", "1"), put("session", "b", "2"))
		everywhere(e, func(ctx context.Context, h handle) {
			calls := e.wire.during(func() { e.gets(ctx, h, "session", []string{"a", "b", "c"}, "a", "b") })
			e.that(calls.reads == 1, "GetMany of three ids made %d backend reads, want 1", calls.reads)
		})
	}},
	{name: "T28-one-point/against-writers", fn: func(e *env) {
		ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
		write := func(i int) {
			var ws []write
			for _, id := range ids {
				ws = append(ws, put("session", id, padded(i)))
			}
			e.set(ws...)
		}
		write(0)
		stop := make(chan struct{})
		e.start(func() {
			for i := range e.n(200_000) {
				select {
				case <-stop:
					return
				default:
					write(i + 1)
				}
			}
		})
		defer close(stop)
		e.all(1, func(int) {
			for range e.n(2000) {
				found, err := e.s.GetMany(e.ctx, "session", ids...)
				e.ok(err, "GetMany")
				for _, id := range ids {
					if !bytes.Equal(found[id], found["a"]) {
						e.Fatalf("GetMany shows a %q beside %s %q", found["a"], id, found[id])
					}
				}
			}
		})
	}},
}

// everywhere runs f with each kind of handle.
func everywhere(e *env, f func(ctx context.Context, h handle)) {
	e.t.Helper()
	f(e.ctx, e.s)
	inside := func(ctx context.Context, tx handle) error {
		f(ctx, tx)
		return nil
	}
	e.tx("", inside)
	e.ok(e.s.View(e.ctx, inside), "View")
}

// gets checks which of the ids GetMany finds.
func (e *env) gets(ctx context.Context, h handle, family string, ids []string, want ...string) {
	e.t.Helper()
	found, err := h.GetMany(ctx, family, ids...)
	if err != nil {
		e.Errorf("GetMany %s: %v", family, err)
		return
	}
	got := slices.Sorted(maps.Keys(found))
	want = slices.Sorted(slices.Values(want))
	e.that(slices.Equal(got, want), "GetMany %s %q: got %q, want %q", family, ids, got, want)
}

// scanValues checks that all values of a family are the same.
func (e *env) scanValues(ctx context.Context, h handle, family, want string) {
	e.t.Helper()
	for r, err := range h.Scan(ctx, family, "") {
		e.that(err == nil && string(r.Value) == want, "Scan: %q has %q, %v, want %q", r.ID, r.Value, err, want)
	}
}

// spoil overwrites all bytes that h returns for "a" and "b".
func spoil(e *env, ctx context.Context, h handle) {
	overwrite := func(value []byte) {
		for i := range value {
			value[i] = 'X'
		}
	}
	value, _, err := h.Get(ctx, "session", "a")
	e.ok(err, "Get")
	overwrite(value)
	found, err := h.GetMany(ctx, "session", "a", "b")
	e.ok(err, "GetMany")
	overwrite(found["a"])
	overwrite(found["b"])
	for r, err := range h.Scan(ctx, "session", "") {
		e.ok(err, "Scan")
		overwrite(r.Value)
	}
}

// awkward are ids that a backend may confuse, ascending.
func awkward() []string {
	ids := []string{
		"\x00", "\x00\x00", "a\x00", "a\x00b", "a", "ab", "a*", "a%", "a_", "a?", "a[b]", "a.b", "a:b", "a/b", "a\\b", "a'b", `a"b`,
		"%", "*", "_", ":", "/", "\\", ".", "..", " ", "\n", "\xff", "\xff\xff", "\xfe\xff", "\x80", "\xc3\x28", "é", "日本", "0", "-", "{a}", "A",
	}
	slices.Sort(ids)
	return ids
}
