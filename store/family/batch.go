package family

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// Batch is a set of writes to any families, which Apply commits as one.
// Generated packages wrap it. The zero Batch is empty. Printers show only how
// many writes there are.
type Batch struct{ cell hidden.Pointer[writes] }

// writes is the content of a batch.
type writes struct {
	set    store.DataSet
	kept   derived.Writes // of families with derived rows
	count  int
	family string // of the first mistake
	err    error  // the first mistake
}

// hold returns the writes of the batch. The first call makes them.
func (b *Batch) hold() *writes {
	w := b.cell.Get()
	if w == nil {
		w = new(writes)
		b.cell = hidden.To(w)
	}
	return w
}

// size returns how many writes were added.
func (b Batch) size() int {
	if w := b.cell.Get(); w != nil {
		return w.count
	}
	return 0
}

// Format prints the count of the writes for every verb.
func (b Batch) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "batch of %d writes", b.size()) }

// mistake keeps the first error for Apply.
func (w *writes) mistake(family string, err error) {
	if err != nil && w.err == nil {
		w.family, w.err = family, err
	}
}

// Apply commits the batch through a handle: all writes or, on an error, none.
// If a family has an inverse, its old records are read first, in a
// transaction.
//
// Errors: [store.ErrInvalid] if b is nil; the first mistake made while the
// batch was filled; else those of [store.Store.Set] and
// [store.Store.Transaction].
func (b *Batch) Apply(ctx context.Context, h store.Handle) error {
	if b == nil {
		return &store.Error{Op: "apply", Err: fmt.Errorf("%w: nil batch", store.ErrInvalid)}
	}
	return b.apply(ctx, h, "apply")
}

func (b *Batch) apply(ctx context.Context, h store.Handle, op string) error {
	w := b.hold()
	if w.err != nil {
		return &store.Error{Op: op, Family: w.family, Err: w.err}
	}
	if w.kept.Empty() {
		return h.Set(ctx, &w.set)
	}
	return h.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		if err := w.kept.Apply(ctx, tx); err != nil {
			return err
		}
		return tx.Set(ctx, &w.set)
	})
}
