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
