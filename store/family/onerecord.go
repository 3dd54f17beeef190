package family

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// What the callback of [Writer.Update] may return instead of a value. Update
// compares with ==, so an error that wraps one of them is an error.
var (
	// Keep leaves the record as it is: nothing is written.
	Keep error = verdict("family.Keep is for the callback of Update")
	// Delete removes the record.
	Delete error = verdict("family.Delete is for the callback of Update")
)

type verdict string

func (v verdict) Error() string { return string(v) }

// Update replaces the value of an id with the one that next returns. next gets
// the old value, and ok reports whether there is one. If next returns [Keep]
// nothing is written, if it returns [Delete] the record is deleted; the value is
// ignored then. Read and write are one transaction, so next may run more than
// once. If next returns another error, nothing changes and Update returns it.
func (w Writer[I, V]) Update(ctx context.Context, id I, next func(v V, ok bool) (V, error)) error {
	if next == nil {
		return fail("update", w.family.Name, fmt.Errorf("%w: nil function", store.ErrInvalid))
	}
	return w.handle.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		v, ok, err := Read(tx, w.family).Get(ctx, id)
		if err != nil {
			return err
		}
		switch v, err = next(v, ok); err {
		case nil:
			return Write(tx, w.family).Put(ctx, id, v)
		case Keep:
			return nil
		case Delete:
			return Write(tx, w.family).Delete(ctx, id)
		}
		return err
	})
}

// Insert stores the value of an id that has no record yet. It looks and writes in
// one transaction.
//
// Errors: [store.ErrExists] if there is a record; [store.ErrInvalid] for an id or
// a value that has no stored form.
func (w Writer[I, V]) Insert(ctx context.Context, id I, v V) error {
	text, err := formatID(w.family, id)
	if err != nil {
		return fail("insert", w.family.Name, err)
	}
	value, err := w.family.Marshal(v)
	if err != nil {
		return fail("insert", w.family.Name, err)
	}
	return insert(ctx, w.handle, rulesOf(w.family), derived.Row{Family: w.family.Name, ID: text, Value: value})
}

// Take returns the value of an id and deletes the record, both in one transaction:
// of several callers one gets the value. ok reports whether there was one.
//
// Errors: [store.ErrCorrupt] for a value that does not decode; the record stays.
func (w Writer[I, V]) Take(ctx context.Context, id I) (v V, ok bool, err error) {
	text, err := formatID(w.family, id)
	if err != nil {
		return v, false, fail("take", w.family.Name, err)
	}
	var taken V
	decode := func(value []byte) (err error) { taken, err = w.family.Unmarshal(value); return err }
	ok, err = take(ctx, w.handle, rulesOf(w.family), w.family.Name, text, decode)
	if err != nil || !ok {
		return v, false, err
	}
	return taken, true, nil
}

func insert(ctx context.Context, h store.Handle, rules derived.Rules, row derived.Row) error {
	return h.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		there, err := tx.Has(ctx, row.Family, row.ID)
		if err != nil {
			return err
		}
		if there {
			return fail("insert", row.Family, store.ErrExists)
		}
		if rules == nil {
			return tx.Set(ctx, new(store.DataSet).Put(row.Family, row.ID, row.Value))
		}
		var w derived.Writes
		w.Put(rules, row)
		return w.Apply(ctx, tx)
	})
}

func take(ctx context.Context, h store.Handle, rules derived.Rules, family, id string, decode func([]byte) error) (ok bool, err error) {
	err = h.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) (err error) {
		var value []byte
		if value, ok, err = tx.Get(ctx, family, id); err != nil || !ok {
			return err
		}
		if err := decode(value); err != nil {
			return fail("take", family, err)
		}
		if rules == nil {
			return tx.Set(ctx, new(store.DataSet).Delete(family, id))
		}
		var w derived.Writes
		w.Delete(rules, family, id)
		return w.Apply(ctx, tx)
	})
	return ok, err
}
