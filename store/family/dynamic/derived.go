package dynamic

import (
	"context"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// A Disagreement is a row that the row in the other direction does not confirm.
type Disagreement struct {
	ID     string // as stored
	Reason string
}

// rowsAtOnce is how many rows are read beside those of one step of a scan.
const rowsAtOnce = 256

// Disagreements compares the records of a family with its derived rows. The
// handle should be that of a view, or what other commits change may seem to
// disagree.
func (f *Family) Disagreements(ctx context.Context, h store.Handle) (found []Disagreement, err error) {
	if f.Inverse == "" {
		return nil, nil
	}
	var page []store.Record
	check := func() error {
		more, err := f.compare(ctx, h, page)
		found, page = append(found, more...), page[:0]
		return err
	}
	for r, err := range h.Scan(ctx, f.Name, "") {
		if err != nil {
			return nil, err
		}
		if page = append(page, r); len(page) == rowsAtOnce {
			if err := check(); err != nil {
				return nil, err
			}
		}
	}
	return found, check()
}

// other is the id of the row in the other direction.
func (f *Family) other(r store.Record) string {
	if f.Derived(r.ID) {
		return string(r.Value)
	}
	return string(r.Value) + f.Inverse
}

func (f *Family) compare(ctx context.Context, h store.Handle, page []store.Record) (found []Disagreement, err error) {
	var ids []string
	for _, r := range page {
		if other := f.other(r); other != "" { // an empty id finds nothing
			ids = append(ids, other)
		}
	}
	there, err := h.GetMany(ctx, f.Name, ids...)
	if err != nil {
		return nil, err
	}
	for _, r := range page {
		back, ok := there[f.other(r)]
		if reason := f.disagreement(r, string(back), ok); reason != "" {
			found = append(found, Disagreement{r.ID, reason})
		}
	}
	return found, nil
}

func (f *Family) disagreement(r store.Record, back string, ok bool) string {
	value, derived := strings.CutSuffix(r.ID, f.Inverse)
	switch {
	case derived && !ok:
		return "the record that it names is not there"
	case derived && back != value:
		return "the record that it names has another value"
	case !derived && !ok:
		return "its value has no row back"
	case !derived && back != r.ID:
		return "the row back of its value names another record"
	}
	return ""
}
