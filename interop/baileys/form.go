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
	// keeps says whether a file's bytes may be kept beside its record.
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
	// replaced says whether half a surrogate pair was read as U+FFFD.
	replaced() bool
}

// reader is what the readers of package signalkeys have in common.
type reader[K family.Key, V any] interface {
	Get(ctx context.Context, k K) (V, bool, error)
	All(ctx context.Context) iter.Seq2[family.Entry[K, V], error]
}

// typed is the form of a family whose records go through package signalkeys.
type typed[K family.Key, V any, R reader[K, V]] struct {
	name     naming
	keep     bool
	parseKey func(text string) (K, error)
	parse    func(s *scanner) V
	write    func(dst []byte, v V) ([]byte, error)
	isOther  func(v V) bool // nil for a family that only Baileys has
	batch    func(b *signalkeys.Batch) family.Adder[K, V]
	reader   func(r *signalkeys.ReadTx) R
}

// typedEntry is an entry of a typed family.
type typedEntry[K family.Key, V any, R reader[K, V]] struct {
	form     *typed[K, V, R]
	key      K
	value    V
	altered  bool // see replaced
	nameless bool // key is not the record's: its id cannot be read
}

func (f *typed[K, V, R]) naming() *naming { return &f.name }
func (f *typed[K, V, R]) keeps() bool     { return f.keep }

func (f *typed[K, V, R]) key(id string) (K, error) {
	k, err := f.parseKey(id)
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrName, err)
	}
	return k, nil
}

func (f *typed[K, V, R]) read(id string, data []byte) (entry, error) {
	k, err := f.key(id)
	if err != nil {
		return nil, err
	}
	s := newScanner(data)
	v := f.parse(s)
	err = s.end()
	return &typedEntry[K, V, R]{form: f, key: k, value: v, altered: s.replaced}, err
}

func (f *typed[K, V, R]) get(ctx context.Context, tx *store.Tx, id string) (entry, bool, error) {
	k, err := f.key(id)
	if err != nil {
		return nil, false, err
	}
	v, ok, err := f.reader(signalkeys.NewTx(tx).ReadOnly()).Get(ctx, k)
	return &typedEntry[K, V, R]{form: f, key: k, value: v}, ok, err
}

func (f *typed[K, V, R]) all(ctx context.Context, tx *store.Tx) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for e, err := range f.reader(signalkeys.NewTx(tx).ReadOnly()).All(ctx) {
			entry := &typedEntry[K, V, R]{form: f, key: e.Key, value: e.Value}
			if isCorrupt(err) {
				there, otherwise := tx.Has(ctx, f.name.family, e.Key.String())
				entry.nameless = !there || otherwise != nil
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

func (e *typedEntry[K, V, R]) id() string {
	if e.nameless {
		return ""
	}
	return e.key.String()
}

func (e *typedEntry[K, V, R]) replaced() bool { return e.altered }
func (e *typedEntry[K, V, R]) put(c *chunk)   { e.form.batch(&c.keys).Put(e.key, e.value) }

func (e *typedEntry[K, V, R]) foreign() bool {
	return e.form.isOther != nil && e.form.isOther(e.value)
}

func (e *typedEntry[K, V, R]) render(dst []byte) ([]byte, error) {
	return e.form.write(dst, e.value)
}

// isCorrupt tells a record that cannot be read from a store that cannot.
func isCorrupt(err error) bool { return errors.Is(err, store.ErrCorrupt) }
