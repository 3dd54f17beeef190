package family

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
)

// Reads is a set of reads of any families, which Read answers in one backend
// call. Generated packages wrap it. The zero Reads is empty. Printers show only
// how many reads there are.
type Reads struct{ cell hidden.Pointer[asked] }

// asked is the content of a Reads.
type asked struct {
	core    store.Reads
	answers []filled
	family  string // of the first mistake
	err     error  // the first mistake
}

// filled is a place for an answer.
type filled interface {
	forget()
	fill() error
}

func (r *Reads) hold() *asked {
	all := r.cell.Get()
	if all == nil {
		all = new(asked)
		r.cell = hidden.To(all)
	}
	return all
}

// Format prints the count of the reads for every verb.
func (r Reads) Format(f fmt.State, _ rune) {
	n := 0
	if all := r.cell.Get(); all != nil {
		n = len(all.answers)
	}
	_, _ = fmt.Fprintf(f, "%d reads", n)
}

// Read answers all reads through a handle, at one point in time. It may be called
// more than once: new answers take the place of the old ones. After an error there
// are no answers.
//
// Errors: [store.ErrInvalid] if r is nil; the first mistake made while the reads
// were added; [store.ErrCorrupt] if a value does not decode; else those of
// [store.Store.Read].
func (r *Reads) Read(ctx context.Context, h store.Handle) error {
	if r == nil {
		return fail("read", "", fmt.Errorf("%w: nil reads", store.ErrInvalid))
	}
	all := r.hold()
	err := all.read(ctx, h)
	if err != nil {
		all.forget()
	}
	return err
}

func (a *asked) read(ctx context.Context, h store.Handle) error {
	a.forget()
	if a.err != nil {
		return fail("read", a.family, a.err)
	}
	if err := h.Read(ctx, &a.core); err != nil {
		return err
	}
	for _, one := range a.answers {
		if err := one.fill(); err != nil {
			return err
		}
	}
	return nil
}

func (a *asked) forget() {
	for _, one := range a.answers {
		one.forget()
	}
}

// Asker adds reads of one family to a [Reads]. Its methods return no errors: Read
// returns the first one.
type Asker[I ID, V any] struct {
	reads  *Reads
	family *Family[I, V]
}

// AskIn returns the asker of a family for a set of reads. Generated code calls it.
func AskIn[I ID, V any](r *Reads, f *Family[I, V]) Asker[I, V] { return Asker[I, V]{r, f} }

// Format prints the name of the family and the count of the reads for every verb.
func (a Asker[I, V]) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s in %v", a.family.Name, *a.reads)
}

// Get adds a read. The answer is there once Read has returned without an error.
func (a Asker[I, V]) Get(id I) Answer[V] {
	all := a.reads.hold()
	text, err := formatID(a.family, id)
	if err != nil && all.err == nil {
		all.family, all.err = a.family.Name, err
	}
	one := &answer[V]{core: all.core.Get(a.family.Name, text), family: a.family.Name, unmarshal: a.family.Decode}
	all.answers = append(all.answers, one)
	return Answer[V]{hidden.To(one)}
}

// Answer is what Read has found for one id.
type Answer[V any] struct{ in hidden.Pointer[answer[V]] }

type answer[V any] struct {
	core      store.Answer
	family    string
	unmarshal func([]byte) (V, error)
	value     V
	ok        bool
}

// Value returns the value of the id, and whether there is one. Before Read, and
// after an error of it, there is none.
//
// Bytes: as of [Reader.Get]; each call returns the same ones.
func (a Answer[V]) Value() (v V, ok bool) {
	if one := a.in.Get(); one != nil {
		return one.value, one.ok
	}
	return v, false
}

func (a *answer[V]) forget() {
	var none V
	a.value, a.ok = none, false
}

func (a *answer[V]) fill() (err error) {
	value, ok := a.core.Value()
	if !ok {
		return nil
	}
	if a.value, err = a.unmarshal(value); err != nil {
		return fail("read", a.family, err)
	}
	a.ok = true
	return nil
}
