package family

import (
	"context"

	"github.com/keyfam/keyfam/store/family/codec"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// inverse returns the rules of the family's reverse rows.
func inverse[I ID, V any](f *Family[I, V]) derived.Inverse {
	return derived.Inverse{Family: f.Name, Suffix: f.Inverse}
}

// rulesOf returns the rules of the family's derived rows, nil if it has none.
func rulesOf[I ID, V any](f *Family[I, V]) derived.Rules {
	if f.Inverse == "" {
		return nil
	}
	return inverse(f)
}

// hides reports whether an id is that of a derived row.
func hides(r derived.Rules, id string) bool { return r != nil && r.Hides(id) }

// ByValue returns the id whose value is v. If several records have that value
// it is the one that was put last; if that record has another value by now, or
// is gone, there is none. Both rows are of one point in time. Generated code
// calls it.
func ByValue[I ID, V any](ctx context.Context, r Reader[I, V], v V) (id I, ok bool, err error) {
	value, err := r.family.Marshal(v)
	if err != nil {
		return id, false, fail("by value", r.family.Name, err)
	}
	owner, err := inverse(r.family).Owner(ctx, r.handle, string(value))
	if err != nil || owner == nil {
		return id, false, err
	}
	if id, err = r.family.ParseID(string(owner)); err != nil {
		return id, false, fail("by value", r.family.Name, codec.BadStoredID(err))
	}
	return id, true, nil
}
