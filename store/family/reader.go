package family

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store"
)

// Reader reads the records of one family.
type Reader[I ID, V any] struct {
	handle store.Handle
	family *Family[I, V]
}

// Read returns the reader of a family through a handle. Generated code calls
// it.
func Read[I ID, V any](h store.Handle, f *Family[I, V]) Reader[I, V] {
	return Reader[I, V]{h, f}
}

// Get returns the value of an id and whether there is one.
//
// Bytes: the caller may keep and change them. Bytes, secrets and strings of
// one value share its memory: keeping one of them keeps the whole value in
// memory.
func (r Reader[I, V]) Get(ctx context.Context, id I) (v V, ok bool, err error) {
	text, err := formatID(r.family, id)
	if err != nil {
		return v, false, fail("get", r.family.Name, err)
	}
	value, ok, err := r.handle.Get(ctx, r.family.Name, text)
	if err != nil || !ok {
		return v, false, err
	}
	v, err = r.family.Unmarshal(value)
	return v, err == nil, fail("get", r.family.Name, err)
}

// Has reports whether the record is there. It does not decode the value.
func (r Reader[I, V]) Has(ctx context.Context, id I) (bool, error) {
	text, err := formatID(r.family, id)
	if err != nil {
		return false, fail("has", r.family.Name, err)
	}
	return r.handle.Has(ctx, r.family.Name, text)
}

// GetMany returns the values of several ids, all of one point in time. An id
// without a record is absent from the map.
func (r Reader[I, V]) GetMany(ctx context.Context, ids ...I) (map[I]V, error) {
	texts, err := formatIDs(r.family, ids)
	if err != nil {
		return nil, fail("get many", r.family.Name, err)
	}
	values, err := r.handle.GetMany(ctx, r.family.Name, texts...)
	if err != nil {
		return nil, err
	}
	found := make(map[I]V, len(values))
	for i, id := range ids {
		value, ok := values[texts[i]]
		if !ok {
			continue
		}
		delete(values, texts[i]) // if an id is given twice, only one value gets the bytes
		if found[id], err = r.family.Unmarshal(value); err != nil {
			return nil, fail("get many", r.family.Name, err)
		}
	}
	return found, nil
}

// All yields every record of the family in the order of the ids. It is
// Select().All(ctx) in short.
func (r Reader[I, V]) All(ctx context.Context) iter.Seq2[Entry[I, V], error] {
	return r.Select().All(ctx)
}

// Count returns how many records the family has. It is Select().Count(ctx) in
// short.
func (r Reader[I, V]) Count(ctx context.Context) (int, error) {
	return r.Select().Count(ctx)
}
