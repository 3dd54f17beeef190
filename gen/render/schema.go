package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
)

// schemaFile emits
//
//	// Schema is what stored bytes depend on.
//	const Schema = `keyfam schema 1
//	family session bytes {string}.{uint32}
//	`
func (r *renderer) schemaFile(f *jen.File) {
	f.Add(doc("Schema is what stored bytes depend on, one fact a line. [Open] compares it with what the store was written with; tools read the families' names in it.").
		Const().Id("Schema").Op("=").Add(raw(Facts(r.schema).Text())))
	f.Line()
}

// Facts is the schema as the store remembers it; package stored says what the
// lines mean.
func Facts(s *spec.Schema) stored.Facts {
	facts := stored.Facts{}
	for _, f := range s.Families {
		facts["family "+f.Name] = class(f.Value) + " " + idFact(f.ID.Template)
		if f.Inverse != nil {
			facts["inverse "+f.Name] = f.Inverse.Suffix
		}
		enumFacts(facts, "families."+f.Name, f.Value)
	}
	for _, r := range s.Messages {
		facts["message "+r.Name] = ""
		for _, f := range r.Fields {
			facts[stored.Field(r.Name, f.Number)] = class(f.Type)
			facts["name "+r.Name+" "+f.Name] = strconv.Itoa(f.Number)
			enumFacts(facts, fmt.Sprintf("messages.%s.%d", r.Name, f.Number), f.Type)
		}
	}
	for _, name := range s.Retired.Families {
		facts["retired-family "+name] = ""
	}
	for message, numbers := range s.Retired.Fields {
		for _, n := range numbers {
			facts["retired-"+stored.Field(message, n)] = ""
		}
	}
	return facts
}

func enumFacts(facts stored.Facts, owner string, t *spec.Type) {
	if e := enumOf(t); e != nil {
		for _, v := range e.Values {
			facts["enum "+owner+" "+v.Name] = strconv.Itoa(int(v.Number))
		}
	}
}

// class is a type as far as stored bytes depend on it: an enum is its number.
func class(t *spec.Type) string {
	optional := ""
	if t.Optional {
		optional = " optional"
	}
	switch {
	case t.Kind == spec.Enum:
		return "int32" + optional
	case t.Kind == spec.Bytes && t.Size > 0:
		return fmt.Sprintf("bytes[%d]", t.Size) + optional
	case t.Kind == spec.Bytes && t.Max > 0:
		return fmt.Sprintf("bytes[..%d]", t.Max) + optional
	case t.Kind == spec.Bytes:
		return "bytes" + optional
	case t.Kind == spec.Go:
		return "go{}"
	case t.Kind == spec.Message:
		return t.Message.Name + optional
	case t.Kind == spec.List:
		return "[]" + class(t.Elem)
	case t.Kind == spec.Map:
		return "map[string]" + class(t.Elem)
	}
	return scalars[t.Kind].goName + optional
}

// idFact is the text of an id with the types of its parts: {string}.{uint32}.
func idFact(segments []spec.Segment) string {
	var b strings.Builder
	for _, s := range segments {
		switch {
		case s.Part == nil:
			b.WriteString(s.Literal)
		case s.Part.Ordered:
			b.WriteString("{" + scalars[s.Part.Kind].goName + " ordered}")
		default:
			b.WriteString("{" + scalars[s.Part.Kind].goName + "}")
		}
	}
	return b.String()
}
