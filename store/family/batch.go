package family

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// Batch is a set of writes to any families that is applied as one. Generated
// packages wrap it. The zero Batch is empty.
type Batch struct {
	writes store.DataSet
	steps  []step // writes of families with an inverse, which read first
	family string // of the first mistake
	err    error  // the first mistake
}

// step is one write that has to read before.
type step func(ctx context.Context, tx *store.Tx) error

// Adder adds writes of one family to a batch. Its methods return nothing: a
// mistake is the error of Apply.
type Adder[K Key, V any] struct {
	batch  *Batch
	family *Family[K, V]
}

// AddTo returns the adder of a family to a batch.
func AddTo[K Key, V any](b *Batch, f *Family[K, V]) Adder[K, V] {
	return Adder[K, V]{b, f}
}

// Put adds the value of a key. A later Put or Delete of the key replaces it.
func (a Adder[K, V]) Put(k K, v V) {
	if a.family.Inverse != "" {
		a.batch.mistake(a.family.Name, a.putBoth(k, v))
		return
	}
	a.batch.mistake(a.family.Name, a.family.put(&a.batch.writes, k, v))
}

// PutMany adds several values, in the order of their keys' text.
func (a Adder[K, V]) PutMany(values map[K]V) {
	if len(values) == 0 {
		return
	}
	for _, k := range byText(values) {
		a.Put(k, values[k])
	}
}

// Delete adds the removal of a key.
func (a Adder[K, V]) Delete(k K) {
	id, err := a.family.id(k)
	switch {
	case err != nil:
		a.batch.mistake(a.family.Name, err)
	case a.family.Inverse != "":
		a.batch.steps = append(a.batch.steps, a.family.rows().delete(id))
	default:
		a.batch.writes.Delete(a.family.Name, id)
	}
}

// DeleteMany adds the removal of several keys.
func (a Adder[K, V]) DeleteMany(ks ...K) {
	for _, k := range ks {
		a.Delete(k)
	}
}

func (a Adder[K, V]) putBoth(k K, v V) error {
	id, err := a.family.id(k)
	if err != nil {
		return err
	}
	value, err := a.family.Marshal(v)
	if err == nil {
		a.batch.steps = append(a.batch.steps, a.family.rows().put(id, string(value)))
	}
	return err
}

// mistake keeps the first error for Apply.
func (b *Batch) mistake(family string, err error) {
	if err != nil && b.err == nil {
		b.family, b.err = family, err
	}
}

// Apply commits the batch through a handle: all of it or, on an error, nothing.
// A batch that touches a family with an inverse runs as a transaction.
//
// Errors: the first mistake that was made in building the batch, else as of
// [store.Store.Set] and [store.Store.Transaction].
func (b *Batch) Apply(ctx context.Context, h store.Handle) error {
	return b.apply(ctx, h, "apply")
}

func (b *Batch) apply(ctx context.Context, h store.Handle, op string) error {
	if b.err != nil {
		return &store.Error{Op: op, Family: b.family, Err: b.err}
	}
	if len(b.steps) == 0 {
		return h.Set(ctx, &b.writes)
	}
	return h.TransactionKeys(ctx, nil, func(ctx context.Context, tx *store.Tx) error {
		for _, step := range b.steps {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return tx.Set(ctx, &b.writes)
	})
}
