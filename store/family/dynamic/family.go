package dynamic

import (
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
	"github.com/keyfam/keyfam/store/family/internal/derived"
)

// A Family describes how the records of one family are stored.
type Family struct {
	Name    string
	Package string // the generated package that has the family
	Secret  bool   // its values are secrets or contain some
	Inverse string // the end of the ids of reverse rows; empty if there are none

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

// Codec returns what package family reads and writes the records with. Its
// writes keep derived rows in step.
func (f *Family) Codec() *family.Family[ID, Value] { return f.codec }

// Derived reports whether a stored id is that of a derived row.
func (f *Family) Derived(id string) bool {
	return f.rules != nil && f.rules.Hides(id)
}

// Type returns the type of the values.
func (f *Family) Type() *Type { return f.value }
