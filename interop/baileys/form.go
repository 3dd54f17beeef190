package baileys

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// form is how Baileys keeps the records of one family.
type form interface {
	naming() *naming
	// keeps reports whether a file's bytes may be kept beside its record.
	keeps() bool
	// read makes the entry of a file.
	read(id string, data []byte) (entry, error)
	// get reads the entry of a stored record.
	get(ctx context.Context, tx *store.Tx, id string) (entry, bool, error)
	// all reads every entry of the family. After an entry with an
	// [store.ErrCorrupt] it goes on.
	all(ctx context.Context, tx *store.Tx) iter.Seq2[entry, error]
}

// entry is one record with its id.
type entry interface {
	id() string // empty if it cannot be read
	// foreign reports whether another library than Baileys made a record that
	// Import would refuse.
	foreign() bool
	// render appends the canonical file.
	render(dst []byte) ([]byte, error)
	// put adds the record to a chunk of an import.
	put(c *chunk)
	// replaced reports whether half a surrogate pair was read as U+FFFD.
	replaced() bool
}

// reader is what the readers of package signalkeys have in common.
type reader[I family.ID, V any] interface {
	Get(ctx context.Context, id I) (V, bool, error)
	All(ctx context.Context) iter.Seq2[family.Entry[I, V], error]
}

// typed is the form of a family whose records go through package signalkeys.
type typed[I family.ID, V any, R reader[I, V]] struct {
	name    naming
	keep    bool
	parseID func(text string) (I, error)
	parse   func(s *scanner) V
	write   func(dst []byte, v V) ([]byte, error)
	isOther func(v V) bool // nil for a family that only Baileys has
	batch   func(b *signalkeys.Batch) family.Adder[I, V]
	reader  func(r *signalkeys.ReadTx) R
}

// typedEntry is an entry of a typed family.
type typedEntry[I family.ID, V any, R reader[I, V]] struct {
	form     *typed[I, V, R]
	typed    I
	value    V
	altered  bool // see replaced
	nameless bool // typed is not the record's: its id cannot be read
}

func (f *typed[I, V, R]) naming() *naming { return &f.name }
func (f *typed[I, V, R]) keeps() bool     { return f.keep }

func (f *typed[I, V, R]) typedID(id string) (I, error) {
	typed, err := f.parseID(id)
	if err != nil {
		return typed, fmt.Errorf("%w: %w", ErrName, err)
	}
	return typed, nil
}

func (f *typed[I, V, R]) read(id string, data []byte) (entry, error) {
	typed, err := f.typedID(id)
	if err != nil {
		return nil, err
	}
	s := newScanner(data)
	v := f.parse(s)
	err = s.end()
	return &typedEntry[I, V, R]{form: f, typed: typed, value: v, altered: s.replaced}, err
}

func (f *typed[I, V, R]) get(ctx context.Context, tx *store.Tx, id string) (entry, bool, error) {
	typed, err := f.typedID(id)
	if err != nil {
		return nil, false, err
	}
	v, ok, err := f.reader(signalkeys.NewTx(tx).ReadOnly()).Get(ctx, typed)
	return &typedEntry[I, V, R]{form: f, typed: typed, value: v}, ok, err
}

func (f *typed[I, V, R]) all(ctx context.Context, tx *store.Tx) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for e, err := range f.reader(signalkeys.NewTx(tx).ReadOnly()).All(ctx) {
			entry := &typedEntry[I, V, R]{form: f, typed: e.ID, value: e.Value}
			if isCorrupt(err) {
				there, otherwise := tx.Has(ctx, f.name.family, e.ID.String())
				entry.nameless = !there || otherwise != nil
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

func (e *typedEntry[I, V, R]) id() string {
	if e.nameless {
		return ""
	}
	return e.typed.String()
}

func (e *typedEntry[I, V, R]) replaced() bool { return e.altered }
func (e *typedEntry[I, V, R]) put(c *chunk)   { e.form.batch(&c.keys).Put(e.typed, e.value) }

func (e *typedEntry[I, V, R]) foreign() bool {
	return e.form.isOther != nil && e.form.isOther(e.value)
}

func (e *typedEntry[I, V, R]) render(dst []byte) ([]byte, error) {
	return e.form.write(dst, e.value)
}

// isCorrupt tells a record that cannot be read from a store that cannot.
func isCorrupt(err error) bool { return errors.Is(err, store.ErrCorrupt) }
