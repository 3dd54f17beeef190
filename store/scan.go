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

// Scan yields the committed records of the family whose ids start with prefix,
// in ascending order of ids. An empty prefix yields the whole family.
//
// It reads page by page, and each page is of one point in time. Only in a
// [Store.View] or a transaction all pages are of one state.
func (s *Store) Scan(ctx context.Context, family, prefix string) Records {
	return func(yield func(Record, error) bool) {
		var err error
		ctx, op := s.trace(ctx, OpScan, family, &err)
		defer op.end(&err)
		if err = s.scan(ctx, family, prefix, yield, op); err != nil {
			yield(Record{}, failFamily(ctx, "scan", family, err))
		}
	}
}

func (s *Store) scan(ctx context.Context, family, prefix string, yield func(Record, error) bool, op *operation) error {
	if err := s.enterFamily(ctx, family); err != nil {
		return err
	}
	if err := s.settings().checkPrefix(prefix); err != nil {
		return err
	}
	span, limit := prefixRange(family, prefix), firstPage
	for {
		page, err := s.engine().scan(ctx, s.driver(), s.namespace(), span, limit)
		if err != nil {
			return err
		}
		for i := range page.Rows {
			row := &page.Rows[i]
			op.found(len(row.Value))
			if !yield(Record{ID: row.Key.ID, Value: own(row.Value, row.Shared)}, nil) {
				return nil
			}
		}
		if !page.More {
			return nil
		}
		span.From = after(page.Rows[len(page.Rows)-1].Key)
		limit = min(2*limit, largePage)
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
