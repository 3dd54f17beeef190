package derived

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// A Disagreement is a row that its counterpart does not confirm: a record
// without its derived rows, or a derived row without its record.
type Disagreement struct {
	ID     string // as stored
	Reason string
}

// Compare returns the rows of the records' family, out of those given, that
// their counterparts do not confirm. It makes one call for each family that it
// reads.
func Compare(ctx context.Context, h store.Handle, rules Rules, rows []Row) (found []Disagreement, err error) {
	var spots []spot
	for _, row := range rows {
		for _, other := range counterparts(rules, row) {
			spots = append(spots, other.spot())
		}
	}
	there, err := read(ctx, h, spots)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if reason := disagreement(rules, row, there); reason != "" {
			found = append(found, Disagreement{row.ID, reason})
		}
	}
	return found, nil
}

// counterparts returns the derived rows of a record, or where the record of a
// derived row is.
func counterparts(rules Rules, row Row) []Row {
	if rules.Hides(row.ID) {
		return []Row{{Family: row.Family, ID: rules.Record(row)}}
	}
	return rules.Rows(row.ID, row.Value)
}

func disagreement(rules Rules, row Row, there map[spot][]byte) string {
	derived := rules.Hides(row.ID)
	for _, other := range counterparts(rules, row) {
		value, ok := there[other.spot()]
		record := Row{other.Family, other.ID, value}
		switch {
		case derived && !ok:
			return "the record that it names is not there"
		case derived && !has(rules, record, row):
			return "the record that it names has another value"
		case !derived && !ok:
			return "its derived row is not there"
		case !derived && string(value) != string(other.Value):
			return "its derived row names another record"
		}
	}
	return ""
}
