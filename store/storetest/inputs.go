package storetest

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/keyfam/keyfam/store"
)

var inputChecks = []check{
	{name: "R7-bad-input/families", fn: func(e *env) {
		e.set(put("session", "x", "1"))
		for _, family := range []string{
			"", "Session", "sesSion", "pre_key", "pre key", "-session", "9session", "session\x00", "session/x", "séssion", "_x", "_", "__",
			strings.Repeat("f", 65), "s\xff", "..", "*",
		} {
			e.refused(store.ErrInvalid, "", func(ctx context.Context, h handle) []error {
				return append(readErrors(ctx, h, family, "x"), h.Set(ctx, put("session", "x", "2"), put(family, "x", "1")), h.Set(ctx, del(family, "x")))
			})
		}
		for _, family := range []string{"Session", "pre_key"} { // a likely slip is named
			err := e.s.Set(e.ctx, put(family, "x", "1"))
			e.that(err != nil && strings.Contains(err.Error(), family), "Set of family %q: the error does not name it: %v", family, err)
		}
	}},
	{name: "R7-bad-input/ids", fn: func(e *env) {
		e.set(put("session", "x", "1"))
		long := strings.Repeat("i", 513)
		for id, want := range map[string]error{"": store.ErrInvalid, long: store.ErrTooLarge} {
			e.refused(want, "session", func(ctx context.Context, h handle) []error {
				_, _, one := h.Get(ctx, "session", id)
				_, many := h.GetMany(ctx, "session", "x", id)
				_, has := h.Has(ctx, "session", id)
				return []error{one, many, has, h.Set(ctx, put("session", "x", "2"), put("session", id, "1")), h.Set(ctx, del("session", id))}
			})
		}
		e.refused(store.ErrTooLarge, "session", func(ctx context.Context, h handle) []error {
			_, err := collectPrefix(ctx, h, "session", long)
			return []error{err}
		})
	}},
	{name: "R7-bad-input/values", fn: func(e *env) {
		e.rebuild(&store.Options{MaxIDBytes: 8, MaxValueBytes: 100})
		e.set(put("session", "x", "1"), put("session", "12345678", strings.Repeat("v", 100)))
		big := strings.Repeat("v", 101)
		e.refused(store.ErrTooLarge, "session", func(ctx context.Context, h handle) []error {
			return []error{
				h.Set(ctx, put("session", "y", big)), h.Set(ctx, put("tctoken", "x", "2"), put("session", "y", big)),
				h.Set(ctx, put("session", "123456789", "1")),
			}
		})
		e.lacks("tctoken", "x")
		e.lacks("session", "y")
	}},
	{name: "R7-bad-input/default-value-limit", fn: func(e *env) {
		big := strings.Repeat("v", 4<<20+1)
		e.refused(store.ErrTooLarge, "session", func(ctx context.Context, h handle) []error {
			return []error{h.Set(ctx, put("session", "y", big))}
		})
	}},
	{name: "R7-bad-input/batches", fn: func(e *env) {
		e.rebuild(&store.Options{MaxCommitRecords: 3, MaxCommitBytes: 100})
		e.set(put("session", "x", "1"), put("session", "y", "1"), put("session", "z", "1"))
		many := []write{put("session", "x", "2"), put("session", "b", "2"), put("session", "c", "2"), put("session", "d", "2")}
		heavy := []write{put("session", "x", strings.Repeat("v", 60)), put("session", "b", strings.Repeat("v", 60))}
		for _, ws := range [][]write{many, heavy} {
			e.refused(store.ErrTooLarge, "session", func(ctx context.Context, h handle) []error { return []error{h.Set(ctx, ws...)} })
			err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error { // one by one
				for _, w := range ws {
					if err := tx.Set(ctx, w); err != nil {
						return err
					}
				}
				return nil
			})
			e.is(err, store.ErrTooLarge, "a transaction that writes more than the limit")
			e.that(err == nil || strings.Contains(err.Error(), "session"), "a transaction that writes more than the limit: the error does not name a family: %v", err)
			e.scans(e.ctx, e.s, "session", "", "x", "y", "z")
			e.holds("session", "x", "1")
		}
	}},
	{name: "R7-bad-input/set-inside-is-whole", fn: func(e *env) {
		e.tx("", func(ctx context.Context, tx handle) error {
			err := tx.Set(ctx, put("session", "a", "1"), put("session", "", "1"), put("session", "b", "1"))
			e.is(err, store.ErrInvalid, "Set with an empty id")
			e.absent(ctx, tx, "session", "a")
			return tx.Set(ctx, put("session", "c", "1"))
		})
		e.scans(e.ctx, e.s, "session", "", "c")
	}},
	{name: "R7-bad-input/nil-functions-and-contexts", fn: func(e *env) {
		var none context.Context // a caller's mistake
		run := func(ctx context.Context, tx handle) error {
			e.is(tx.Transaction(ctx, "k", nil), store.ErrInvalid, "a nested Transaction with a nil function")
			e.is(tx.Set(none, put("session", "a", "1")), store.ErrInvalid, "Set inside with a nil context")
			for _, err := range readErrors(none, tx, "session", "a") {
				e.is(err, store.ErrInvalid, "a read inside with a nil context")
			}
			return nil
		}
		e.is(e.s.Transaction(e.ctx, "k", nil), store.ErrInvalid, "Transaction with a nil function")
		e.is(e.s.TransactionWith(e.ctx, store.TxOptions{}, nil), store.ErrInvalid, "TransactionWith with a nil function")
		e.is(e.s.View(e.ctx, nil), store.ErrInvalid, "View with a nil function")
		e.is(e.s.Transaction(none, "k", run), store.ErrInvalid, "Transaction with a nil context")
		e.is(e.s.View(none, run), store.ErrInvalid, "View with a nil context")
		e.is(e.s.Set(none, put("session", "a", "1")), store.ErrInvalid, "Set with a nil context")
		e.is(e.s.Clear(none), store.ErrInvalid, "Clear with a nil context")
		for _, err := range readErrors(none, e.s, "session", "a") {
			e.is(err, store.ErrInvalid, "a read with a nil context")
		}
		e.tx("k", run)
		e.lacks("session", "a")
	}},
	{name: "T19-limits/negative", fn: func(e *env) {
		for _, name := range optionFields(reflect.Int, reflect.Int64) {
			for _, value := range []int64{-1, math.MinInt64} {
				o := &store.Options{}
				reflect.ValueOf(o).Elem().FieldByName(name).SetInt(value)
				e.refusedOrWorks(o, name)
			}
		}
	}},
	{name: "T19-limits/zero", fn: func(e *env) {
		e.refusedOrWorks(&store.Options{}, "nothing")
		e.rebuild(nil)
		e.set(put("session", "a", "1"))
		e.holds("session", "a", "1")
	}},
	{name: "T19-limits/durability-is-demanded", fn: func(e *env) {
		has := e.wire.Info().Durability
		for class := store.Volatile; class <= store.Replicated; class++ {
			_, err := e.suite.open(e.ctx, e.wire, &store.Options{Durability: class})
			if class <= has {
				e.ok(err, "New that demands "+class.String()+" of a backend of class "+has.String())
			} else {
				e.is(err, store.ErrUnsupported, "New that demands "+class.String()+" of a backend of class "+has.String())
			}
		}
	}},
}

// refused checks that each error wraps the target and names the family, inside
// and outside of a transaction, and that nothing was changed.
func (e *env) refused(target error, family string, f func(ctx context.Context, h handle) []error) {
	e.t.Helper()
	judge := func(where string, errs []error) {
		e.t.Helper()
		for i, err := range errs {
			if !errors.Is(err, target) {
				e.Errorf("%s, call %d: got error %v, want %v", where, i, err, target)
				continue
			}
			e.that(strings.Contains(err.Error(), family), "%s, call %d: the error does not name the family: %v", where, i, err)
			var se *store.Error
			e.that(errors.As(err, &se), "%s, call %d: the error is no *store.Error: %v", where, i, err)
		}
	}
	before := e.everything()
	calls := e.wire.during(func() {
		judge("outside", f(e.ctx, e.s))
		e.tx("", func(ctx context.Context, tx handle) error {
			judge("inside", f(ctx, tx))
			return nil
		})
	})
	e.that(calls.total() == 0, "refused calls made %d backend calls", calls.total())
	e.that(reflect.DeepEqual(before, e.everything()), "a refused call changed what is stored")
}

// everything returns all that the namespace of the check holds.
func (e *env) everything() map[string]string {
	e.t.Helper()
	all := map[string]string{}
	families, err := e.s.Families(e.ctx)
	e.ok(err, "Families")
	for _, family := range families {
		for r, err := range e.s.Scan(e.ctx, family, "") {
			e.ok(err, "Scan")
			all[family+"\x00"+r.ID] = string(r.Value)
		}
	}
	return all
}

// readErrors returns the error of each verb that reads.
func readErrors(ctx context.Context, h handle, family, id string) []error {
	_, _, one := h.Get(ctx, family, id)
	_, many := h.GetMany(ctx, family, id)
	_, has := h.Has(ctx, family, id)
	_, scan := collectPrefix(ctx, h, family, "")
	return []error{one, many, has, scan}
}

func collectPrefix(ctx context.Context, h handle, family, prefix string) (ids []string, err error) {
	for r, err := range h.Scan(ctx, family, prefix) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// optionFields are the fields of Options that hold a number. The durability
// class has a check of its own.
func optionFields(kinds ...reflect.Kind) (names []string) {
	o := reflect.TypeFor[store.Options]()
	for i := range o.NumField() {
		f := o.Field(i)
		for _, k := range kinds {
			if f.Type.Kind() == k && f.Type != reflect.TypeFor[store.Durability]() {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// refusedOrWorks checks that a store with these options is refused, or works.
func (e *env) refusedOrWorks(o *store.Options, what string) {
	e.t.Helper()
	s, err := e.suite.open(e.ctx, e.wired(e.wire.inner), o)
	if err != nil {
		e.is(err, store.ErrInvalid, "New with a bad "+what)
		return
	}
	if s.Set(e.ctx, put("session", what, "1")) == nil {
		e.holds("session", what, "1")
	}
	if s.Transaction(e.ctx, "k", increment("count", what)) == nil {
		e.counted("count", what, 1)
	}
	if s.Clear(e.ctx) == nil {
		e.lacks("session", what)
	}
}

// quick returns options for checks of conflicts, with a short wait at the
// gate.
func quick() *store.Options {
	return &store.Options{GateWait: time.Millisecond}
}
