package store

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store/driver"
)

// All yields the selected records.
//
// In a transaction the body of the loop may write: what it writes behind the
// current record is not yielded, what it writes ahead is. Outside, each page of
// records that is read is of one point in time, and all of them together only in
// a [Store.View].
func (s Selection) All(ctx context.Context) Records {
	return func(yield func(Record, error) bool) {
		err := s.walk(ctx, false, func(k driver.Key, value []byte) bool {
			return yield(Record{ID: k.ID, Value: value}, nil)
		})
		if err != nil {
			yield(Record{}, err)
		}
	}
}

// IDs yields the ids of the selected records, without reading values where the
// backend can do so. It is otherwise like All. The error, if there is one, comes
// last, with an empty id.
func (s Selection) IDs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := s.walk(ctx, true, func(k driver.Key, _ []byte) bool { return yield(k.ID, nil) })
		if err != nil {
			yield("", err)
		}
	}
}

// First returns the first selected record, and whether there is one.
func (s Selection) First(ctx context.Context) (first Record, ok bool, err error) {
	err = s.Limit(1).walk(ctx, false, func(k driver.Key, value []byte) bool {
		first, ok = Record{ID: k.ID, Value: value}, true
		return true
	})
	if err != nil {
		return Record{}, false, err
	}
	return first, ok, nil
}

// Last returns the last selected record, and whether there is one. It reads one
// record, or, if the selection has a limit, as many as that.
func (s Selection) Last(ctx context.Context) (last Record, ok bool, err error) {
	if s.copy().limit < 0 {
		return s.Reverse().First(ctx)
	}
	err = s.walk(ctx, false, func(k driver.Key, value []byte) bool {
		last, ok = Record{ID: k.ID, Value: value}, true
		return true
	})
	if err != nil {
		return Record{}, false, err
	}
	return last, ok, nil
}

// Count returns how many records are selected. Where the backend can count it
// reads none of them, and in a transaction the commit checks their number only.
func (s Selection) Count(ctx context.Context) (n int, err error) {
	sel, err := s.get()
	if err != nil {
		return 0, fail("count", "", err)
	}
	ctx, op := sel.trace(ctx, OpCount, &err)
	defer op.end(&err)
	n, err = sel.of.count(ctx, sel)
	op.counted(n)
	return n, failFamily(ctx, "count", sel.family, err)
}

// DeleteAll deletes the selected records in one atomic commit and returns how
// many they were. In a transaction it is a part of that.
//
// Errors: [ErrTooLarge], before anything is done, if the selection has a limit or a
// Where and the commit would break one of the store's; otherwise as of [Store.Transaction].
func (s Selection) DeleteAll(ctx context.Context) (n int, err error) {
	sel, err := s.get()
	if err != nil {
		return 0, fail("delete all", "", err)
	}
	ctx, op := sel.trace(ctx, OpDelete, &err)
	defer op.end(&err)
	n, err = sel.of.deleteAll(ctx, sel)
	op.counted(n)
	return n, failFamily(ctx, "delete all", sel.family, err)
}

// Drop is DeleteAll without the count. It reads nothing, so no other commit makes
// it run again. A selection with a limit or a Where is [ErrInvalid].
func (s Selection) Drop(ctx context.Context) (err error) {
	sel, err := s.get()
	if err != nil {
		return fail("drop", "", err)
	}
	ctx, op := sel.trace(ctx, OpDelete, &err)
	defer op.end(&err)
	err = sel.of.drop(ctx, sel)
	return failFamily(ctx, "drop", sel.family, err)
}

// walk is a traced scan. Its error says all.
func (s Selection) walk(ctx context.Context, keysOnly bool, yield func(driver.Key, []byte) bool) (err error) {
	sel, err := s.get()
	if err != nil {
		return fail("scan", "", err)
	}
	ctx, op := sel.trace(ctx, OpScan, &err)
	defer op.end(&err)
	err = sel.of.walk(ctx, sel, keysOnly, func(k driver.Key, value []byte) bool {
		op.found(len(value))
		return yield(k, value)
	})
	return failFamily(ctx, "scan", sel.family, err)
}

// get answers what was selected, unless no store has made the selection.
func (s Selection) get() (*selection, error) {
	if sel := s.in.Get(); sel != nil && sel.of != nil {
		return sel, nil
	}
	return nil, errNoSelection
}

func (s *selection) trace(ctx context.Context, kind Op, err *error) (context.Context, *operation) {
	return s.of.trace(ctx, s.of.verb(kind), s.family, err)
}
