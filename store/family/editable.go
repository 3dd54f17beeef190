package family

import (
	"context"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// Editable is a [Selection] that can delete what it selects. [Writer.Select]
// begins one.
type Editable[I ID, V any] struct{ Selection[I, V] }

// Select begins a selection with all records of the family.
func (w Writer[I, V]) Select() Editable[I, V] { return Editable[I, V]{w.Reader.Select()} }

// Edit returns a selection of the writer's family with the verb that deletes.
// Generated code calls it.
func Edit[I ID, V any](_ Writer[I, V], s Selection[I, V]) Editable[I, V] { return Editable[I, V]{s} }

// From selects the ids that are not below id.
func (s Editable[I, V]) From(id I) Editable[I, V] { return Editable[I, V]{s.Selection.From(id)} }

// After selects the ids above id.
func (s Editable[I, V]) After(id I) Editable[I, V] { return Editable[I, V]{s.Selection.After(id)} }

// Before selects the ids below id.
func (s Editable[I, V]) Before(id I) Editable[I, V] { return Editable[I, V]{s.Selection.Before(id)} }

// Until selects the ids that are not above id.
func (s Editable[I, V]) Until(id I) Editable[I, V] { return Editable[I, V]{s.Selection.Until(id)} }

// Reverse turns the order around.
func (s Editable[I, V]) Reverse() Editable[I, V] { return Editable[I, V]{s.Selection.Reverse()} }

// Limit selects the first n records, in the selection's order. A limit of 0
// selects nothing, and of several the least counts.
func (s Editable[I, V]) Limit(n int) Editable[I, V] { return Editable[I, V]{s.Selection.Limit(n)} }

// DeleteAll deletes the selected records in one atomic commit and returns how
// many they were. In a transaction it is a part of that. Their derived rows go
// with them.
//
// Errors: [store.ErrTooLarge], before anything is done, if the commit would break
// a limit of the store. That can be only if the selection has a limit, or if it
// is a part of a family with an inverse: such records are deleted one by one.
func (s Editable[I, V]) DeleteAll(ctx context.Context) (int, error) {
	if err := mistake(s.Selection, "delete all"); err != nil {
		return 0, err
	}
	if rules := rulesOf(s.family); rules != nil {
		return s.picked.deleteDerived(ctx, s.family.Name, rules)
	}
	return s.picked.core.DeleteAll(ctx)
}

// deleteDerived deletes the selected records with their derived rows.
func (p picked) deleteDerived(ctx context.Context, family string, rules derived.Rules) (n int, err error) {
	err = p.handle.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) (err error) {
		if p.narrowed {
			n, err = deleteIDs(ctx, tx, p.core.In(tx), family, rules)
			return err
		}
		if n, err = p.core.In(tx).Count(ctx); err != nil {
			return err
		}
		return tx.Select(family).Drop(ctx) // records and derived rows alike
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func deleteIDs(ctx context.Context, tx *store.Tx, sel store.Selection, family string, rules derived.Rules) (n int, err error) {
	var w derived.Writes
	for id, err := range sel.IDs(ctx) {
		if err != nil {
			return 0, err
		}
		w.Delete(rules, family, id)
		n++
	}
	return n, w.Apply(ctx, tx)
}
