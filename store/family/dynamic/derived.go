package dynamic

import (
	"context"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// A Disagreement is a row that its counterpart does not confirm: a record
// without its derived row, or a derived row without its record.
type Disagreement struct {
	ID     string // as stored
	Reason string
}

// rowsAtOnce is how many rows are read beside those of one step of a scan.
const rowsAtOnce = 256

// Disagreements compares the records of a family with its derived rows. The
// handle should be that of a view. With any other one, rows that commits
// change meanwhile may seem to disagree.
func (f *Family) Disagreements(ctx context.Context, h store.Handle) (found []Disagreement, err error) {
	if f.rules == nil {
		return nil, nil
	}
	var page []derived.Row
	check := func() error {
		more, err := derived.Compare(ctx, h, f.rules, page)
		for _, d := range more {
			found = append(found, Disagreement(d))
		}
		page = page[:0]
		return err
	}
	for r, err := range h.Scan(ctx, f.Name, "") {
		if err != nil {
			return nil, err
		}
		if page = append(page, derived.Row{Family: f.Name, ID: r.ID, Value: r.Value}); len(page) == rowsAtOnce {
			if err := check(); err != nil {
				return nil, err
			}
		}
	}
	return found, check()
}
