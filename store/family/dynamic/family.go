package dynamic

import (
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// A Family is how the records of one family are stored.
type Family struct {
	Name    string
	Package string // that has it
	Secret  bool   // its values are or hold secrets
	Inverse string // what the ids of reverse rows end in, if there are any

	segments []segment
	value    *Type
	codec    *family.Family[ID, Value]
	rules    derived.Rules // of derived rows; nil if there are none
}

func (f *Family) init() {
	if f.Inverse != "" {
		f.rules = derived.Inverse{Family: f.Name, Suffix: f.Inverse}
	}
	f.codec = &family.Family[ID, Value]{
		Name:    f.Name,
		CheckID: func(id ID) error { _, err := f.ParseID(string(id)); return err },
		ParseID: f.ParseID,
		Encode:  func(e *codec.Encoder, v Value) { encode(e, f.value, v.get()) },
		Decode:  f.decode,
		Inverse: f.Inverse,
	}
}

// Codec is what package family reads and writes the records with: derived rows
// are kept in step.
func (f *Family) Codec() *family.Family[ID, Value] { return f.codec }

// Derived reports whether a stored id is that of a derived row, which is kept in
// step with a record.
func (f *Family) Derived(id string) bool {
	return f.rules != nil && f.rules.Hides(id)
}

// Type is the type of the values.
func (f *Family) Type() *Type { return f.value }
