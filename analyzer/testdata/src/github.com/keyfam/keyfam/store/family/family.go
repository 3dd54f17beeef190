// Package family is a stand-in with the signatures of the real one.
package family

import (
	"context"
	"iter"
	"time"

	"github.com/keyfam/keyfam/store"
)

type ID interface {
	comparable
	String() string
}

type Secret struct{ b []byte }

func NewSecret(b []byte) Secret    { return Secret{b} }
func (s Secret) Reveal() []byte    { return s.b }
func (s Secret) Equal(Secret) bool { return true }

type Label struct{ label string }

type TxOptions struct {
	Labels      []Label
	MaxAttempts int
	LabelWait   time.Duration
}

type Entry[I ID, V any] struct {
	ID    I
	Value V
}

type Reader[I ID, V any] struct{ handle store.Handle }

func (r Reader[I, V]) Get(ctx context.Context, id I) (v V, ok bool, err error) {
	_, ok, err = r.handle.Get(ctx, "family", id.String())
	return v, ok, err
}
func (r Reader[I, V]) All(ctx context.Context) iter.Seq2[Entry[I, V], error] { return nil }
func (r Reader[I, V]) Count(ctx context.Context) (int, error)                { return 0, nil }

type Writer[I ID, V any] struct{ handle store.Handle }

func (w Writer[I, V]) Put(ctx context.Context, id I, v V) error { return nil }
func (w Writer[I, V]) Delete(ctx context.Context, id I) error   { return nil }
func (w Writer[I, V]) Update(ctx context.Context, id I, next func(v V, ok bool) (V, error)) error {
	return w.handle.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		var v V
		_, err := next(v, false)
		return err
	})
}

type Batch struct{ writes store.DataSet }

type Adder[I ID, V any] struct{ batch *Batch }

func AddTo[I ID, V any](b *Batch) Adder[I, V] { return Adder[I, V]{b} }

func (a Adder[I, V]) Put(id I, v V)          {}
func (a Adder[I, V]) PutMany(values map[I]V) {}
func (a Adder[I, V]) Delete(id I)            {}
func (a Adder[I, V]) DeleteMany(ids ...I)    {}
