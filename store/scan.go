package store

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store/driver"
)

// Record is one record of a scan.
type Record struct {
	ID string
	// Value is the caller's to keep and change.
	Value []byte
}

// Records is what Scan returns: records in ascending order of ids, bytewise.
// An error comes last, with a zero Record.
type Records = iter.Seq2[Record, error]

// Pages begin small, for scans that stop early, and grow.
const (
	firstPage = 32
	largePage = 1024
)

// Scan yields the committed records of the family whose id starts with prefix,
// in ascending order of ids. An empty prefix yields the whole family. It is
// [Store.Select] in short.
func (s *Store) Scan(ctx context.Context, family, prefix string) Records {
	return s.Select(family).Prefix(prefix).All(ctx)
}

// walk yields the committed records of a selection, page by page. Each page is of
// one point in time, all of them together only in a View or a transaction.
func (s *Store) walk(ctx context.Context, sel *selection, keysOnly bool, yield func(driver.Key, []byte) bool) error {
	if err := s.enterFamily(ctx, sel.family); err != nil {
		return err
	}
	if err := sel.check(s.settings()); err != nil || sel.empty() {
		return err
	}
	q := driver.Query{Range: sel.span, Limit: sel.pageRows(firstPage), Reverse: sel.reverse, KeysOnly: keysOnly}
	for rest := *sel; ; {
		page, err := s.engine().scan(ctx, s.driver(), s.namespace(), q)
		if err != nil {
			return err
		}
		for i := range page.Rows {
			if !sel.passes(page.Rows[i].Key.ID) {
				continue
			}
			rest.limit--
			if !yield(page.Rows[i].Key, valueOf(&page.Rows[i], keysOnly)) || rest.empty() {
				return nil
			}
		}
		if !page.More || rest.empty() {
			return nil
		}
		q.Range, q.Limit = q.Rest(&page), rest.pageRows(min(2*q.Limit, largePage))
	}
}

// valueOf is bytes of the caller's own, nil if only keys are asked for.
func valueOf(row *driver.Row, keysOnly bool) []byte {
	if keysOnly {
		return nil
	}
	return own(row.Value, row.Shared)
}

// Scan yields the records of the family whose id starts with prefix, as the
// transaction sees them. It is [Tx.Select] in short.
func (tx *Tx) Scan(ctx context.Context, family, prefix string) Records {
	return tx.Select(family).Prefix(prefix).All(ctx)
}

// walk yields the records of a selection as the transaction sees them.
func (tx *Tx) walk(ctx context.Context, sel *selection, keysOnly bool, yield func(driver.Key, []byte) bool) error {
	if err := tx.begin(ctx, sel.family); err != nil {
		return err
	}
	tx.attempt().mu.Unlock()
	if err := sel.check(tx.attempt().store.settings()); err != nil || sel.empty() {
		return err
	}
	m, err := tx.merge(driver.Query{Range: sel.span, Limit: sel.pageRows(firstPage), Reverse: sel.reverse, KeysOnly: keysOnly})
	if err != nil {
		return err
	}
	for rest := *sel; ; {
		k, value, ok, err := m.next(ctx)
		if err != nil || !ok {
			return err
		}
		if !sel.passes(k.ID) {
			continue
		}
		rest.limit--
		if !yield(k, value) || rest.empty() {
			m.stop(k)
			return nil
		}
	}
}

// prefixRange is the range of the ids of a family that start with prefix.
func prefixRange(family, prefix string) driver.Range {
	r := driver.Range{From: driver.Key{Family: family, ID: prefix}, To: driver.FamilyEnd(family)}
	for end := []byte(prefix); len(end) > 0; end = end[:len(end)-1] {
		if last := len(end) - 1; end[last] < 0xff {
			end[last]++
			r.To = driver.Key{Family: family, ID: string(end)}
			break
		}
	}
	return r
}
