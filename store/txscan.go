package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// Scan yields the records of the family whose ids start with prefix, as the
// transaction sees them, in ascending order of ids.
//
// The body of the loop may write. The scan yields what the body writes ahead
// of the current record, and not what it writes behind. The commit checks
// everything that the loop has seen up to where it stopped, gaps included.
func (tx *Tx) Scan(ctx context.Context, family, prefix string) Records {
	return func(yield func(Record, error) bool) {
		var err error
		ctx, op := tx.trace(ctx, OpTxScan, family, &err)
		defer op.end(&err)
		if err = tx.scan(ctx, family, prefix, yield, op); err != nil {
			yield(Record{}, failFamily(ctx, "scan", family, err))
		}
	}
}

func (tx *Tx) scan(ctx context.Context, family, prefix string, yield func(Record, error) bool, op *operation) error {
	m, err := tx.merge(ctx, family, prefix)
	if err != nil {
		return err
	}
	for {
		k, value, ok, err := m.next(ctx)
		if err != nil || !ok {
			return err
		}
		op.found(len(value))
		if !yield(Record{ID: k.ID, Value: value}, nil) {
			m.stop(k)
			return nil
		}
	}
}

func (tx *Tx) merge(ctx context.Context, family, prefix string) (*merge, error) {
	if err := tx.begin(ctx, family); err != nil {
		return nil, err
	}
	defer tx.attempt().mu.Unlock()
	if err := tx.attempt().store.settings().checkPrefix(prefix); err != nil {
		return nil, err
	}
	return newMerge(tx, prefixRange(family, prefix), firstPage), nil
}

// Families names the families that hold records as the transaction sees them,
// ascending. The commit checks that no other family does.
func (tx *Tx) Families(ctx context.Context) (names []string, err error) {
	ctx, op := tx.trace(ctx, OpTxFamilies, "", &err)
	defer op.end(&err)
	if ctx == nil {
		return nil, fail("families", "", errNilContext)
	}
	names, err = families(func(from driver.Key) (driver.Key, bool, error) {
		m := newMerge(tx, driver.Range{From: from}, 1)
		k, _, ok, err := m.next(ctx)
		if ok {
			m.stop(k)
		}
		return k, ok, err
	})
	op.names(len(names))
	return names, fail("families", "", err)
}
