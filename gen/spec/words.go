package spec

import (
	"fmt"
	"strings"
)

// String is the kind in one word.
func (k Kind) String() string {
	switch k {
	case Enum:
		return "enum"
	case Message:
		return "message"
	case List:
		return "list"
	case Map:
		return "map"
	case Go:
		return "go"
	}
	if s := k.scalar(); s != nil {
		return s.Word
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// String is the type as families.yaml spells it, without its secrecy. A type
// of the user's is its import path and its name.
func (t *Type) String() string {
	return t.Spell(func(t *Type) string {
		switch t.Kind {
		case Enum:
			return t.Enum.String()
		case Message:
			return t.Message.Name
		case Go:
			return t.Go.String()
		}
		return t.Kind.Scalar().Word + t.Bound()
	})
}

// Stored is the type as far as stored bytes depend on it, in the words of the
// facts: an enum is its number, and of a type of the user's nothing is known.
func (t *Type) Stored() string {
	return t.Spell(func(t *Type) string {
		switch t.Kind {
		case Enum:
			return Int32.String()
		case Message:
			return t.Message.Name
		case Go:
			return "go{}"
		}
		return t.Kind.Scalar().Fact() + t.Bound()
	})
}

// Spell spells lists, maps and optional types, and leaves the types that they
// are made of to plain.
func (t *Type) Spell(plain func(*Type) string) string {
	var text string
	switch t.Kind {
	case List:
		text = "[]" + t.Elem.Spell(plain)
	case Map:
		text = "map[string]" + t.Elem.Spell(plain)
	default:
		inner := *t
		inner.Optional = false
		text = plain(&inner)
	}
	if t.Optional {
		text += " " + optionalWord
	}
	return text
}

// Bound is the limit of a type's length: [32], [..32] or nothing.
func (t *Type) Bound() string {
	switch {
	case t.Size > 0:
		return fmt.Sprintf("[%d]", t.Size)
	case t.Max > 0:
		return fmt.Sprintf("[..%d]", t.Max)
	}
	return ""
}

// String is the enum as families.yaml spells it: enum(android=1, ios=2).
func (e *EnumType) String() string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = fmt.Sprintf("%s=%d", v.Name, v.Number)
	}
	return "enum(" + strings.Join(values, ", ") + ")"
}

// String is the import path and the name: example.com/chat/peer.State.
func (g *GoType) String() string { return g.Import + "." + g.Name }

// String is the text of the id with the names of its parts: {name}.{device}.
func (id *ID) String() string { return id.Template.String() }

// Stored is the text of the id in the words of the facts, with the types of
// its parts: {string}.{uint32 ordered}.
func (id *ID) Stored() string {
	return id.Template.text(func(p *Part) string {
		if p.Ordered {
			return p.Kind.String() + " " + orderedWord
		}
		return p.Kind.String()
	})
}

// String is the text with the names of the parts in braces.
func (t Template) String() string {
	return t.text(func(p *Part) string { return p.Name })
}

func (t Template) text(part func(*Part) string) string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Literal)
		if s.Part != nil {
			b.WriteString("{" + part(s.Part) + "}")
		}
	}
	return b.String()
}
