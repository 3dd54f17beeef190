package family

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// Writer writes the records of one family.
type Writer[K Key, V any] struct {
	handle store.Handle
	family *Family[K, V]
}

// Write returns the writer of a family through a handle.
func Write[K Key, V any](h store.Handle, f *Family[K, V]) Writer[K, V] {
	return Writer[K, V]{h, f}
}

// Put stores the value of a key. What the value is made of may be changed as
// soon as Put has returned.
//
// Errors: [store.ErrInvalid] for a key or a value that has no stored form.
func (w Writer[K, V]) Put(ctx context.Context, k K, v V) error {
	var b Batch
	AddTo(&b, w.family).Put(k, v)
	return b.apply(ctx, w.handle, "put")
}

// PutMany stores several values as one: all of them or, on an error, none.
func (w Writer[K, V]) PutMany(ctx context.Context, values map[K]V) error {
	var b Batch
	AddTo(&b, w.family).PutMany(values)
	return b.apply(ctx, w.handle, "put many")
}

// Delete removes the record of a key; that it is absent is no error.
func (w Writer[K, V]) Delete(ctx context.Context, k K) error {
	var b Batch
	AddTo(&b, w.family).Delete(k)
	return b.apply(ctx, w.handle, "delete")
}

// DeleteMany removes the records of several keys as one.
func (w Writer[K, V]) DeleteMany(ctx context.Context, ks ...K) error {
	var b Batch
	AddTo(&b, w.family).DeleteMany(ks...)
	return b.apply(ctx, w.handle, "delete many")
}

// Update replaces the value of a key by what next makes of it; ok says whether
// there was one. No other commit comes between: next may run more than once. An
// error of next changes nothing and comes back as it is.
func (w Writer[K, V]) Update(ctx context.Context, k K, next func(v V, ok bool) (V, error)) error {
	if next == nil {
		return fail("update", w.family.Name, fmt.Errorf("%w: nil function", store.ErrInvalid))
	}
	return w.handle.TransactionKeys(ctx, nil, func(ctx context.Context, tx *store.Tx) error {
		v, ok, err := Read(tx, w.family).Get(ctx, k)
		if err != nil {
			return err
		}
		if v, err = next(v, ok); err != nil {
			return err
		}
		return Write(tx, w.family).Put(ctx, k, v)
	})
}

// byText is the keys of a map in the order of their text, so that what depends
// on the order is the same each time.
func byText[K Key, V any](values map[K]V) []K {
	ks := make([]K, 0, len(values))
	for k := range values {
		ks = append(ks, k)
	}
	slices.SortFunc(ks, func(a, b K) int { return strings.Compare(a.String(), b.String()) })
	return ks
}
