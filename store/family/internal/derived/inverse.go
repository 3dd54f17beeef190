package derived

import (
	"bytes"
	"context"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// Inverse derives reverse rows: for a record id→v there is the row v+Suffix→id
// in the same family. If several records have the value v, the last one that
// was written owns the row.
type Inverse struct{ Family, Suffix string }

// Rows returns the reverse row of a record.
func (i Inverse) Rows(id string, value []byte) []Row {
	return []Row{{i.Family, i.reverse(string(value)), []byte(id)}}
}

// Hides reports whether an id is that of a reverse row.
func (i Inverse) Hides(id string) bool { return strings.HasSuffix(id, i.Suffix) }

// Record returns the id that a reverse row leads to.
func (i Inverse) Record(r Row) string { return string(r.Value) }

func (i Inverse) reverse(value string) string { return value + i.Suffix }

// maxMoves is how often Owner follows a value that other commits move from id
// to id, before it asks in a transaction, which they wait for.
const maxMoves = 3

// Owner returns the id whose value this is, nil if there is none. The reverse
// row and the record are of one point in time.
func (i Inverse) Owner(ctx context.Context, h store.Handle, value string) (owner []byte, err error) {
	owner, moving, err := i.follow(ctx, h, value)
	if err != nil || !moving {
		return owner, err
	}
	err = h.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		owner, _, err = i.follow(ctx, tx, value)
		return err
	})
	return owner, err
}

// follow learns the id from one read of the reverse row and reads both rows in
// the next. That read counts if the reverse row is still the same.
func (i Inverse) follow(ctx context.Context, h store.Handle, value string) (owner []byte, moving bool, err error) {
	reverse := i.reverse(value)
	owner, ok, err := h.Get(ctx, i.Family, reverse)
	if err != nil || !ok || len(owner) == 0 {
		return nil, false, err
	}
	for range maxMoves {
		both, err := h.GetMany(ctx, i.Family, reverse, string(owner))
		if err != nil {
			return nil, false, err
		}
		now := both[reverse]
		switch record, has := both[string(owner)]; {
		case len(now) == 0:
			return nil, false, nil
		case !bytes.Equal(now, owner):
			owner = now
		case has && string(record) == value:
			return owner, false, nil
		default:
			return nil, false, nil
		}
	}
	return nil, true, nil
}
