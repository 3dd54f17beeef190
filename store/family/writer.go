package family

import (
	"context"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// Writer reads and writes the records of one family.
type Writer[I ID, V any] struct{ Reader[I, V] }

// Write returns the writer of a family through a handle. Generated code calls
// it.
func Write[I ID, V any](h store.Handle, f *Family[I, V]) Writer[I, V] {
	return Writer[I, V]{Read(h, f)}
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
