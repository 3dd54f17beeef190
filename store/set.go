package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// Set applies the data set in one atomic commit, whatever is stored now: all
// of it or, on an error, nothing. An empty or nil data set commits nothing.
// Use [Store.Transaction] to write what depends on what you read.
//
// Errors: [ErrInvalid] and [ErrTooLarge] for what cannot be stored, with the
// family; ctx's error if ctx ended and nothing was committed;
// [ErrUnknownOutcome] if the backend cannot say whether it committed.
func (s *Store) Set(ctx context.Context, ds *DataSet) (err error) {
	ctx, op := s.trace(ctx, OpSet, "", &err)
	defer op.end(&err)
	op.set(ds)
	family, err := s.setAll(ctx, ds)
	return fail("set", family, err)
}

func (s *Store) setAll(ctx context.Context, ds *DataSet) (family string, err error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	if ds.Len() == 0 {
		return "", nil
	}
	if family, err := ds.check(ctx, &s.settings().limits); err != nil {
		return family, err
	}
	p := newCommitCall()
	defer p.free()
	p.Writes = ds.sorted(p.Writes)
	return "", s.commit(ctx, p, false)
}

// Clear removes every record of the namespace in one atomic commit. Rows that
// keyfam keeps about itself, such as schema rows, stay.
func (s *Store) Clear(ctx context.Context) (err error) {
	ctx, op := s.trace(ctx, OpClear, "", &err)
	defer op.end(&err)
	err = s.enter(ctx)
	if err == nil {
		p := newCommitCall()
		defer p.free()
		p.Deletes = driver.ClearRanges()
		err = s.commit(ctx, p, false)
	}
	return fail("clear", "", err)
}
