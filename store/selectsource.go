package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfam/keyfam/store/driver"
)

// What the verbs of a [Selection] do on a [Store] and on a [Tx].

func (s *Store) verb(kind Op) Op { return kind }

func (tx *Tx) verb(kind Op) Op {
	switch kind {
	case OpScan:
		return OpTxScan
	case OpCount:
		return OpTxCount
	}
	return OpTxDelete
}

func (s *Store) count(ctx context.Context, sel *selection) (int, error) {
	if err := s.enterFamily(ctx, sel.family); err != nil {
		return 0, err
	}
	if err := sel.check(s.settings()); err != nil || sel.empty() {
		return 0, err
	}
	if from, ok := driver.As[driver.Counter](s.driver()); ok && sel.isRange() {
		n, err := s.engine().count(ctx, from, s.namespace(), sel.span)
		if !errors.Is(err, ErrUnsupported) {
			return n.Records, err
		}
	}
	return countIDs(ctx, s, sel)
}

// count asks the backend, unless the transaction itself has changed records of the
// range.
func (tx *Tx) count(ctx context.Context, sel *selection) (int, error) {
	if err := tx.begin(ctx, sel.family); err != nil {
		return 0, err
	}
	n, err := tx.attempt().count(ctx, sel)
	tx.attempt().mu.Unlock()
	if errors.Is(err, ErrUnsupported) {
		return countIDs(ctx, tx, sel)
	}
	return n, err
}

// count answers [ErrUnsupported] if the ids must be counted.
func (a *attempt) count(ctx context.Context, sel *selection) (int, error) {
	if err := sel.check(a.store.settings()); err != nil || sel.empty() {
		return 0, err
	}
	if !sel.isRange() || a.writes.hasIn(sel.span) {
		return 0, ErrUnsupported
	}
	return a.countRange(ctx, sel.span)
}

func countIDs(ctx context.Context, from source, sel *selection) (n int, err error) {
	err = from.walk(ctx, sel, true, func(driver.Key, []byte) bool { n++; return true })
	return n, err
}

func (s *Store) deleteAll(ctx context.Context, sel *selection) (n int, err error) {
	if err := s.enterFamily(ctx, sel.family); err != nil {
		return 0, err
	}
	return TransactionValue(ctx, s, "", func(ctx context.Context, tx *Tx) (int, error) {
		return tx.deleteAll(ctx, sel)
	})
}

// deleteAll deletes the range, or what limit and keep leave of it one by one.
func (tx *Tx) deleteAll(ctx context.Context, sel *selection) (int, error) {
	if err := tx.mayWrite(ctx); err != nil {
		return 0, err
	}
	if !sel.isRange() {
		return tx.deleteIDs(ctx, sel)
	}
	n, err := tx.count(ctx, sel)
	if err != nil || n == 0 {
		return 0, err
	}
	return n, tx.drop(ctx, sel)
}

// mayWrite is beginWrite, which leaves the attempt unlocked.
func (tx *Tx) mayWrite(ctx context.Context) error {
	err := tx.beginWrite(ctx)
	if err == nil {
		tx.attempt().mu.Unlock()
	}
	return err
}

func (tx *Tx) deleteIDs(ctx context.Context, sel *selection) (int, error) {
	var ds DataSet
	err := tx.walk(ctx, sel, true, func(k driver.Key, _ []byte) bool {
		ds.Delete(k.Family, k.ID)
		return true
	})
	if err == nil {
		_, err = tx.setAll(ctx, &ds)
	}
	if err != nil {
		return 0, err
	}
	return ds.Len(), nil
}

func (s *Store) drop(ctx context.Context, sel *selection) error {
	if err := s.enterFamily(ctx, sel.family); err != nil {
		return err
	}
	if err := sel.checkDrop(s.settings()); err != nil || sel.empty() {
		return err
	}
	p := newCommitCall()
	defer p.free()
	p.Deletes = []driver.Range{sel.span}
	return s.commit(ctx, p, false)
}

func (tx *Tx) drop(ctx context.Context, sel *selection) error {
	if err := tx.beginWrite(ctx); err != nil {
		return err
	}
	defer tx.attempt().mu.Unlock()
	if err := checkFamily(ctx, sel.family); err != nil {
		return err
	}
	if err := sel.checkDrop(tx.attempt().store.settings()); err != nil || sel.empty() {
		return err
	}
	tx.attempt().writes.remove(tx.scope(), sel.span)
	return nil
}

func (s *selection) checkDrop(set *settings) error {
	if s.limit > 0 || s.keep != nil {
		return fmt.Errorf("%w: a range with a limit or a condition cannot be dropped", ErrInvalid)
	}
	return s.check(set)
}
