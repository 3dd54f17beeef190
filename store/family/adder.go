package family

import (
	"fmt"

	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// Adder adds writes of one family to a batch. Its methods return no errors:
// Apply returns the first one.
type Adder[I ID, V any] struct {
	batch  *Batch
	family *Family[I, V]
}

// AddTo returns the adder of a family to a batch. Generated code calls it.
func AddTo[I ID, V any](b *Batch, f *Family[I, V]) Adder[I, V] {
	return Adder[I, V]{b, f}
}

// Format prints the name of the family and the count of the batch's writes for
// every verb.
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

// Delete adds the removal of a record. An absent record is no error.
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
