package family

import (
	"context"
	"time"

	"github.com/keyfam/keyfam/store"
)

// TxOptions are the options of one transaction, as in [store.TxOptions], with
// typed labels.
type TxOptions struct {
	// Labels order transactions. A nil Label counts as none.
	Labels []Label
	// MaxAttempts is as in [store.TxOptions].
	MaxAttempts int
	// LabelWait is as in [store.TxOptions].
	LabelWait time.Duration
}

// Transaction runs fn in a transaction of the handle. wrap makes the handle
// that fn gets. Generated code calls it.
func Transaction[T any](ctx context.Context, h store.Handle, wrap func(*store.Tx) *T, fn func(context.Context, *T) error, label Label) error {
	text, err := name(label)
	if err != nil {
		return err
	}
	return h.Transaction(ctx, text, wrapped(wrap, fn))
}

// TransactionWith is [Transaction] with options. Generated code calls it.
func TransactionWith[T any](ctx context.Context, h store.Handle, wrap func(*store.Tx) *T, fn func(context.Context, *T) error, o TxOptions) error {
	texts, err := names(o.Labels)
	if err != nil {
		return err
	}
	of := store.TxOptions{Labels: texts, MaxAttempts: o.MaxAttempts, LabelWait: o.LabelWait}
	return h.TransactionWith(ctx, of, wrapped(wrap, fn))
}

// View runs fn in a view of the store. Generated code calls it.
func View[T any](ctx context.Context, s *store.Store, wrap func(*store.Tx) *T, fn func(context.Context, *T) error) error {
	return s.View(ctx, wrapped(wrap, fn))
}

// wrapped converts fn for package store, which refuses a nil function.
func wrapped[T any](wrap func(*store.Tx) *T, fn func(context.Context, *T) error) store.TxFunc {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, tx *store.Tx) error { return fn(ctx, wrap(tx)) }
}

// Value runs fn in a transaction or a view, which run begins, and returns the
// value of fn, zero after an error. Generated code calls it.
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
