package family

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store"
)

// Reader reads the records of one family.
type Reader[K Key, V any] struct {
	handle store.Handle
	family *Family[K, V]
}

// Read returns the reader of a family through a handle.
func Read[K Key, V any](h store.Handle, f *Family[K, V]) Reader[K, V] {
	return Reader[K, V]{h, f}
}

// Get returns the value of a key and whether there is one.
//
// Bytes: the caller may keep and change them. Bytes, secrets and strings of one
// value share its memory: whoever keeps one of them keeps all of it.
func (r Reader[K, V]) Get(ctx context.Context, k K) (v V, ok bool, err error) {
	id, err := idOf(r.family, k)
	if err != nil {
		return v, false, fail("get", r.family.Name, err)
	}
	value, ok, err := r.handle.Get(ctx, r.family.Name, id)
	if err != nil || !ok {
		return v, false, err
	}
	v, err = r.family.Unmarshal(value)
	return v, err == nil, fail("get", r.family.Name, err)
}

// Has says whether there is a record of that key, without decoding it.
func (r Reader[K, V]) Has(ctx context.Context, k K) (bool, error) {
	id, err := idOf(r.family, k)
	if err != nil {
		return false, fail("has", r.family.Name, err)
	}
	return r.handle.Has(ctx, r.family.Name, id)
}

// GetMany returns the values of those keys that have one; the others are absent
// from the map. All are of one point in time.
func (r Reader[K, V]) GetMany(ctx context.Context, ks ...K) (map[K]V, error) {
	ids, err := idsOf(r.family, ks)
	if err != nil {
		return nil, fail("get many", r.family.Name, err)
	}
	values, err := r.handle.GetMany(ctx, r.family.Name, ids...)
	if err != nil {
		return nil, err
	}
	found := make(map[K]V, len(values))
	for i, k := range ks {
		value, ok := values[ids[i]]
		if !ok {
			continue
		}
		delete(values, ids[i]) // a key may be named twice, its bytes belong to one value
		if found[k], err = r.family.Unmarshal(value); err != nil {
			return nil, fail("get many", r.family.Name, err)
		}
	}
	return found, nil
}

// All yields every record of the family in the order of the keys' text.
//
// Errors: a record that does not decode is yielded with its key, as far as that
// can be read, and [store.ErrCorrupt]; the loop may go on to the next one. Any
// other error is the last thing yielded.
func (r Reader[K, V]) All(ctx context.Context) iter.Seq2[Entry[K, V], error] {
	return Scan(ctx, r, "", nil)
}

// Count is the count of the family's records.
func (r Reader[K, V]) Count(ctx context.Context) (int, error) {
	n := 0
	for record, err := range r.handle.Scan(ctx, r.family.Name, "") {
		if err != nil {
			return 0, err
		}
		if !reversed(record.ID, r.family.Inverse) {
			n++
		}
	}
	return n, nil
}

// Scan is [Reader.All] of the records whose keys' text starts with prefix. An
// invalid prefix is all it yields.
//
// It is not inlined, because each of a dozen wrappers in every family would have
// a copy of its loop.
//
//go:noinline
func Scan[K Key, V any](ctx context.Context, r Reader[K, V], prefix string, invalid error) iter.Seq2[Entry[K, V], error] {
	return func(yield func(Entry[K, V], error) bool) {
		if invalid != nil {
			yield(Entry[K, V]{}, fail("scan", r.family.Name, invalid))
			return
		}
		for record, err := range r.handle.Scan(ctx, r.family.Name, prefix) {
			if err != nil {
				yield(Entry[K, V]{}, err)
				return
			}
			if reversed(record.ID, r.family.Inverse) {
				continue
			}
			if !yield(entryOf(r.family, record)) {
				return
			}
		}
	}
}

// entryOf decodes a record of a scan.
func entryOf[K Key, V any](f *Family[K, V], record store.Record) (e Entry[K, V], err error) {
	if e.Key, err = f.ParseKey(record.ID); err != nil {
		return e, fail("scan", f.Name, notAKey(err))
	}
	e.Value, err = f.Unmarshal(record.Value)
	return e, fail("scan", f.Name, err)
}
