package spec

// Form is how the part is written in the id.
func (p *Part) Form() *IDForm { return p.Kind.Scalar().ID }

// Single reports whether the id is a defined type over one part rather than a
// struct.
func (id *ID) Single() bool { return len(id.Parts) == 1 }

// Wrapped reports whether a family of this type stores each value as a message
// whose only field has the number 1.
func (t *Type) Wrapped() bool {
	switch t.Kind {
	case Message, Go:
		return false
	case Enum, List, Map:
		return true
	}
	return t.Kind.Scalar().Packed
}

// Packed reports whether a list of this type is one field, as protobuf stores
// lists of numbers.
func (t *Type) Packed() bool {
	switch t.Kind {
	case Message, List, Map, Go:
		return false
	case Enum:
		return true
	}
	return t.Kind.Scalar().Packed
}

// Required reports whether a field of the type is always stored, because no
// value of the type can stand for an absent field.
func (t *Type) Required() bool {
	return !t.Optional && (t.Kind == Message || t.Size > 0)
}

// Base is the type that is neither a list nor a map: of those, what they are
// made of.
func (t *Type) Base() *Type {
	for t.Elem != nil {
		t = t.Elem
	}
	return t
}

// Types returns the types of all values and fields.
func (s *Schema) Types() (all []*Type) {
	for _, f := range s.Families {
		all = append(all, f.Value)
	}
	for _, m := range s.Messages {
		for _, f := range m.Fields {
			all = append(all, f.Type)
		}
	}
	return all
}
