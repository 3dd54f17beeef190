// Package derived keeps rows in step with records. Each record of a family has
// the rows that its [Rules] compute from its id and its value, and the commit
// that writes the record writes these rows too. Reverse rows are the only kind
// so far.
//
// Package family and package dynamic both build on it, so that generated code
// and tools cannot disagree.
package derived

import (
	"bytes"
	"context"
	"slices"

	"github.com/keyfam/keyfam/store"
)

// Rules compute the derived rows of the records of one family.
type Rules interface {
	// Rows returns the rows of the record with this id and value.
	Rows(id string, value []byte) []Row
	// Hides reports whether an id of the records' own family is that of a
	// derived row. No record can have such an id.
	Hides(id string) bool
	// Record returns the id of the record that a stored row belongs to.
	Record(r Row) string
}

// A Row is one row of a store.
type Row struct {
	Family string
	ID     string
	Value  []byte
}

// spot is where a row is stored.
type spot struct{ family, id string }

func (r Row) spot() spot { return spot{r.Family, r.ID} }

// has reports whether a record has this derived row.
func has(rules Rules, record, row Row) bool {
	for _, own := range rules.Rows(record.ID, record.Value) {
		if own.spot() == row.spot() {
			return bytes.Equal(own.Value, row.Value)
		}
	}
	return false
}

// mostKeys is how many rows one call reads. Backends limit it; no known one to
// less.
const mostKeys = 100

// read returns the values of the rows that are there. It makes one call for
// each family, or for each mostKeys rows of it. An empty id finds nothing.
func read(ctx context.Context, h store.Handle, spots []spot) (map[spot][]byte, error) {
	ids := map[string][]string{}
	var families []string // in their order, so that each run makes the same calls
	for _, s := range spots {
		if s.id == "" {
			continue
		}
		if ids[s.family] == nil {
			families = append(families, s.family)
		}
		ids[s.family] = append(ids[s.family], s.id)
	}
	found := map[spot][]byte{}
	for _, family := range families {
		for some := range slices.Chunk(ids[family], mostKeys) {
			values, err := h.GetMany(ctx, family, some...)
			if err != nil {
				return nil, err
			}
			for id, value := range values {
				found[spot{family, id}] = value
			}
		}
	}
	return found, nil
}
