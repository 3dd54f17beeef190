package family

import (
	"context"
	"fmt"
	"io"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
)

// Lock is the label of a transaction: transactions with one lock run one after
// the other. Each family has a function that makes one from a key. The zero
// Lock is no lock. It is not a string, so that no other text passes for one. The
// key does not show.
type Lock struct {
	label hidden.Bytes // nil is none
	err   error
}

// Format prints what l is, whatever the verb.
func (l Lock) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "lock") }

// NewLock makes the lock of a key.
func NewLock[K Key, V any](f *Family[K, V], k K) Lock {
	id, err := idOf(f, k)
	if err != nil {
		return Lock{err: fail("transaction", f.Name, err)}
	}
	return Lock{label: hidden.Of(append(append([]byte(f.Name), '/'), id...))}
}

// labels is what store calls them.
func labels(locks []Lock) ([]string, error) {
	labels := make([]string, len(locks))
	for i, l := range locks {
		if l.err != nil {
			return nil, l.err
		}
		labels[i] = string(l.label.Get())
	}
	return labels, nil
}

// Transaction runs fn in a transaction of the handle with the locks given;
// wrap makes the handle that fn is given.
func Transaction[T any](ctx context.Context, h store.Handle, wrap func(*store.Tx) *T, fn func(context.Context, *T) error, locks ...Lock) error {
	keys, err := labels(locks)
	if err != nil {
		return err
	}
	return h.TransactionKeys(ctx, keys, wrapped(wrap, fn))
}

// View runs fn in a view of the store.
func View[T any](ctx context.Context, s *store.Store, wrap func(*store.Tx) *T, fn func(context.Context, *T) error) error {
	return s.View(ctx, wrapped(wrap, fn))
}

// wrapped is fn as store calls it; store refuses a nil function.
func wrapped[T any](wrap func(*store.Tx) *T, fn func(context.Context, *T) error) store.TxFunc {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, tx *store.Tx) error { return fn(ctx, wrap(tx)) }
}

// Value runs fn in what run offers, a transaction or a view, and returns its
// value. After an error the value is zero.
func Value[T, R any](run func(fn func(context.Context, *T) error) error, fn func(context.Context, *T) (R, error)) (R, error) {
	var value, none R
	var inner func(context.Context, *T) error
	if fn != nil {
		inner = func(ctx context.Context, tx *T) (err error) {
			value, err = fn(ctx, tx)
			return err
		}
	}
	if err := run(inner); err != nil {
		return none, err
	}
	return value, nil
}
