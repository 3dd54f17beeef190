// Package family is a stand-in with the signatures of the real one.
package family

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store"
)

type Key interface {
	comparable
	String() string
}

type Secret struct{ b []byte }

func NewSecret(b []byte) Secret    { return Secret{b} }
func (s Secret) Reveal() []byte    { return s.b }
func (s Secret) Equal(Secret) bool { return true }

type Lock struct{ label string }

type Entry[K Key, V any] struct {
	Key   K
	Value V
}

type Reader[K Key, V any] struct{ handle store.Handle }

func (r Reader[K, V]) Get(ctx context.Context, k K) (v V, ok bool, err error) {
	_, ok, err = r.handle.Get(ctx, "family", k.String())
	return v, ok, err
}
func (r Reader[K, V]) All(ctx context.Context) iter.Seq2[Entry[K, V], error] { return nil }
func (r Reader[K, V]) Count(ctx context.Context) (int, error)                { return 0, nil }

type Writer[K Key, V any] struct{ handle store.Handle }

func (w Writer[K, V]) Put(ctx context.Context, k K, v V) error { return nil }
func (w Writer[K, V]) Delete(ctx context.Context, k K) error   { return nil }
func (w Writer[K, V]) Update(ctx context.Context, k K, next func(v V, ok bool) (V, error)) error {
	return w.handle.TransactionKeys(ctx, nil, func(ctx context.Context, tx *store.Tx) error {
		var v V
		_, err := next(v, false)
		return err
	})
}

type Batch struct{ writes store.DataSet }

type Adder[K Key, V any] struct{ batch *Batch }

func AddTo[K Key, V any](b *Batch) Adder[K, V] { return Adder[K, V]{b} }

func (a Adder[K, V]) Put(k K, v V)           {}
func (a Adder[K, V]) PutMany(values map[K]V) {}
func (a Adder[K, V]) Delete(k K)             {}
func (a Adder[K, V]) DeleteMany(ks ...K)     {}
