package family

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// Reader reads the records of one family.
type Reader[I ID, V any] struct {
	handle store.Handle
	family *Family[I, V]
}

// Read returns the reader of a family through a handle.
func Read[I ID, V any](h store.Handle, f *Family[I, V]) Reader[I, V] {
	return Reader[I, V]{h, f}
}

// Get returns the value of an id and whether there is one.
//
// Bytes: the caller may keep and change them. Bytes, secrets and strings of one
// value share its memory: whoever keeps one of them keeps all of it.
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

// Has reports whether there is a record of that id, without decoding it.
func (r Reader[I, V]) Has(ctx context.Context, id I) (bool, error) {
	text, err := formatID(r.family, id)
	if err != nil {
		return false, fail("has", r.family.Name, err)
	}
	return r.handle.Has(ctx, r.family.Name, text)
}

// GetMany returns the values of those ids that have one; the others are absent
// from the map. All are of one point in time.
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
		delete(values, texts[i]) // an id may be named twice, its bytes belong to one value
		if found[id], err = r.family.Unmarshal(value); err != nil {
			return nil, fail("get many", r.family.Name, err)
		}
	}
	return found, nil
}

// All yields every record of the family in the order of the ids.
//
// Errors: a record that does not decode is yielded with its id, as far as that
// can be read, and [store.ErrCorrupt]; the loop may go on to the next one. Any
// other error is the last thing yielded.
func (r Reader[I, V]) All(ctx context.Context) iter.Seq2[Entry[I, V], error] {
	return Scan(ctx, r, "", nil)
}

// Count is the count of the family's records.
func (r Reader[I, V]) Count(ctx context.Context) (int, error) {
	n, rules := 0, rulesOf(r.family)
	for record, err := range r.handle.Scan(ctx, r.family.Name, "") {
		if err != nil {
			return 0, err
		}
		if !hides(rules, record.ID) {
			n++
		}
	}
	return n, nil
}

// Scan is [Reader.All] of the records whose ids start with prefix. An
// invalid prefix is all it yields.
//
// It is not inlined, because each of a dozen wrappers in every family would have
// a copy of its loop.
//
//go:noinline
func Scan[I ID, V any](ctx context.Context, r Reader[I, V], prefix string, invalid error) iter.Seq2[Entry[I, V], error] {
	return func(yield func(Entry[I, V], error) bool) {
		if invalid != nil {
			yield(Entry[I, V]{}, fail("scan", r.family.Name, invalid))
			return
		}
		rules := rulesOf(r.family)
		for record, err := range r.handle.Scan(ctx, r.family.Name, prefix) {
			if err != nil {
				yield(Entry[I, V]{}, err)
				return
			}
			if hides(rules, record.ID) {
				continue
			}
			if !yield(entryOf(r.family, record)) {
				return
			}
		}
	}
}

// entryOf decodes a record of a scan.
func entryOf[I ID, V any](f *Family[I, V], record store.Record) (e Entry[I, V], err error) {
	if e.ID, err = f.ParseID(record.ID); err != nil {
		return e, fail("scan", f.Name, codec.BadStoredID(err))
	}
	e.Value, err = f.Unmarshal(record.Value)
	return e, fail("scan", f.Name, err)
}
