package family

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// Batch is a set of writes to any families that is applied as one. Generated
// packages wrap it. The zero Batch is empty. What it holds does not show.
type Batch struct{ cell hidden.Pointer[writes] }

// writes is what a batch holds.
type writes struct {
	set    store.DataSet
	kept   derived.Writes // of families with derived rows
	count  int
	family string // of the first mistake
	err    error  // the first mistake
}

// hold is the writes of the batch, which it makes for the first one.
func (b *Batch) hold() *writes {
	w := b.cell.Get()
	if w == nil {
		w = new(writes)
		b.cell = hidden.To(w)
	}
	return w
}

// size is the count of the writes so far.
func (b Batch) size() int {
	if w := b.cell.Get(); w != nil {
		return w.count
	}
	return 0
}

// Format prints the count of the writes, whatever the verb.
func (b Batch) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "batch of %d writes", b.size()) }

// Adder adds writes of one family to a batch. Its methods return nothing: a
// mistake is the error of Apply.
type Adder[I ID, V any] struct {
	batch  *Batch
	family *Family[I, V]
}

// AddTo returns the adder of a family to a batch.
func AddTo[I ID, V any](b *Batch, f *Family[I, V]) Adder[I, V] {
	return Adder[I, V]{b, f}
}

// Format prints the family's name and the count of the batch's writes, whatever
// the verb.
func (a Adder[I, V]) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s in a batch of %d writes", a.family.Name, a.batch.size())
}

// Put adds the value of an id. A later Put or Delete of the id replaces it.
func (a Adder[I, V]) Put(id I, v V) {
	w := a.batch.hold()
	w.count++
	if rules := rulesOf(a.family); rules != nil {
		w.mistake(a.family.Name, keep(w, rules, a.family, id, v))
		return
	}
	w.mistake(a.family.Name, put(a.family, &w.set, id, v))
}

// PutMany adds several values, in the order of their ids.
func (a Adder[I, V]) PutMany(values map[I]V) {
	if len(values) == 0 {
		return
	}
	for _, id := range byText(values) {
		a.Put(id, values[id])
	}
}

// Delete adds the removal of a record.
func (a Adder[I, V]) Delete(id I) {
	w := a.batch.hold()
	w.count++
	text, err := formatID(a.family, id)
	switch rules := rulesOf(a.family); {
	case err != nil:
		w.mistake(a.family.Name, err)
	case rules != nil:
		w.kept.Delete(rules, a.family.Name, text)
	default:
		w.set.Delete(a.family.Name, text)
	}
}

// DeleteMany adds the removal of several records.
func (a Adder[I, V]) DeleteMany(ids ...I) {
	for _, id := range ids {
		a.Delete(id)
	}
}

// keep adds the value of an id in a family with derived rows.
func keep[I ID, V any](w *writes, r derived.Rules, f *Family[I, V], id I, v V) error {
	text, err := formatID(f, id)
	if err != nil {
		return err
	}
	value, err := f.Marshal(v)
	if err == nil {
		w.kept.Put(r, derived.Row{Family: f.Name, ID: text, Value: value})
	}
	return err
}

// mistake keeps the first error for Apply.
func (w *writes) mistake(family string, err error) {
	if err != nil && w.err == nil {
		w.family, w.err = family, err
	}
}

// Apply commits the batch through a handle: all of it or, on an error, nothing.
// A batch that writes to a family with derived rows, such as one with an inverse,
// reads the old records first and runs as a transaction.
//
// Errors: the first mistake that was made in building the batch, else as of
// [store.Store.Set] and [store.Store.Transaction]; [store.ErrInvalid] if b is nil.
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
