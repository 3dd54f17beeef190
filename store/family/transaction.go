package family

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
)

// Label orders transactions: those with the same label run one after the other.
// Each family has a function that makes one from an id. The zero Label is none.
// It is not a string, so that no other text passes for one. The id does not
// show.
type Label struct {
	text hidden.Bytes // nil is none
	err  error
}

// Format prints what l is, whatever the verb.
func (l Label) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "label") }

// NewLabel returns the label that orders transactions on one record.
func NewLabel[I ID, V any](f *Family[I, V], id I) Label {
	text, err := formatID(f, id)
	if err != nil {
		return Label{err: fail("transaction", f.Name, err)}
	}
	return Label{text: hidden.Of(append(append([]byte(f.Name), '/'), text...))}
}

// names returns the labels as package store takes them.
func names(labels []Label) ([]string, error) {
	names := make([]string, len(labels))
	for i, l := range labels {
		if l.err != nil {
			return nil, l.err
		}
		names[i] = string(l.text.Get())
	}
	return names, nil
}

// TxOptions settle one transaction, as [store.TxOptions] do, with labels of
// families.
type TxOptions struct {
	// Labels order transactions. The zero Label is none.
	Labels []Label
	// MaxAttempts is that of [store.TxOptions].
	MaxAttempts int
	// LabelWait is that of [store.TxOptions].
	LabelWait time.Duration
}

// Transaction runs fn in a transaction of the handle with the label given; wrap
// makes the handle that fn is given.
func Transaction[T any](ctx context.Context, h store.Handle, wrap func(*store.Tx) *T, fn func(context.Context, *T) error, label Label) error {
	if label.err != nil {
		return label.err
	}
	return h.Transaction(ctx, string(label.text.Get()), wrapped(wrap, fn))
}

// TransactionWith is [Transaction] with options.
func TransactionWith[T any](ctx context.Context, h store.Handle, wrap func(*store.Tx) *T, fn func(context.Context, *T) error, o TxOptions) error {
	texts, err := names(o.Labels)
	if err != nil {
		return err
	}
	of := store.TxOptions{Labels: texts, MaxAttempts: o.MaxAttempts, LabelWait: o.LabelWait}
	return h.TransactionWith(ctx, of, wrapped(wrap, fn))
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
