package baileys

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// rows is the form of lid-mapping. Its rows are moved as they are found, below
// the types: forward and reverse ones, and also those that no longer agree,
// which LIDMappings would hide or mend.
type rows struct{}

// row is one row of lid-mapping.
type row struct {
	name, value string
	altered     bool
}

var rowNaming = naming{family: signalkeys.LIDMappingFamily}

func (*rows) naming() *naming { return &rowNaming }
func (*rows) keeps() bool     { return true }

func (*rows) read(id string, data []byte) (entry, error) {
	if id == "" {
		return nil, ErrName
	}
	s := newScanner(data)
	value := s.text()
	return &row{id, value, s.replaced}, s.end()
}

func (*rows) get(ctx context.Context, tx *store.Tx, id string) (entry, bool, error) {
	if id == "" {
		return nil, false, ErrName
	}
	value, ok, err := tx.Get(ctx, rowNaming.family, id)
	return &row{name: id, value: string(value)}, ok, err
}

func (*rows) all(ctx context.Context, tx *store.Tx) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for r, err := range tx.Scan(ctx, rowNaming.family, "") {
			if !yield(&row{name: r.ID, value: string(r.Value)}, err) {
				return
			}
		}
	}
}

func (r *row) id() string     { return r.name }
func (r *row) replaced() bool { return r.altered }
func (r *row) foreign() bool  { return false }
func (r *row) put(c *chunk)   { c.rows.Put(rowNaming.family, r.name, []byte(r.value)) }

func (r *row) render(dst []byte) ([]byte, error) { return appendQuoted(dst, r.value) }
