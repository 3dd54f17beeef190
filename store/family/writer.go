package family

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// Writer writes the records of one family.
type Writer[I ID, V any] struct {
	handle store.Handle
	family *Family[I, V]
}

// Write returns the writer of a family through a handle. Generated code calls
// it.
func Write[I ID, V any](h store.Handle, f *Family[I, V]) Writer[I, V] {
	return Writer[I, V]{h, f}
}

// Put stores the value of an id. The caller may change the value's bytes,
// lists and maps once Put has returned.
//
// Errors: [store.ErrInvalid] for an id or a value that has no stored form.
func (w Writer[I, V]) Put(ctx context.Context, id I, v V) error {
	var b Batch
	AddTo(&b, w.family).Put(id, v)
	return b.apply(ctx, w.handle, "put")
}

// PutMany stores several values in one commit: all or, on an error, none.
func (w Writer[I, V]) PutMany(ctx context.Context, values map[I]V) error {
	var b Batch
	AddTo(&b, w.family).PutMany(values)
	return b.apply(ctx, w.handle, "put many")
}

// Delete removes the record of an id. An absent record is no error.
func (w Writer[I, V]) Delete(ctx context.Context, id I) error {
	var b Batch
	AddTo(&b, w.family).Delete(id)
	return b.apply(ctx, w.handle, "delete")
}

// DeleteMany removes the records of several ids in one commit.
func (w Writer[I, V]) DeleteMany(ctx context.Context, ids ...I) error {
	var b Batch
	AddTo(&b, w.family).DeleteMany(ids...)
	return b.apply(ctx, w.handle, "delete many")
}

// Update replaces the value of an id with the one that next returns. next gets
// the old value, and ok reports whether there is one. Read and write are one
// transaction, so next may run more than once. If next returns an error,
// nothing changes and Update returns that error.
func (w Writer[I, V]) Update(ctx context.Context, id I, next func(v V, ok bool) (V, error)) error {
	if next == nil {
		return fail("update", w.family.Name, fmt.Errorf("%w: nil function", store.ErrInvalid))
	}
	return w.handle.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		v, ok, err := Read(tx, w.family).Get(ctx, id)
		if err != nil {
			return err
		}
		if v, err = next(v, ok); err != nil {
			return err
		}
		return Write(tx, w.family).Put(ctx, id, v)
	})
}

// byText returns the ids of a map in the order of their text, so that the
// writes have the same order each time.
func byText[I ID, V any](values map[I]V) []I {
	ids := make([]I, 0, len(values))
	for id := range values {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b I) int { return strings.Compare(a.String(), b.String()) })
	return ids
}
