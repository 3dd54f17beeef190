package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// schemaFile emits
//
//	// Schema is what stored bytes depend on.
//	const Schema = `keyfam schema 1
//	family session bytes {string}.{uint32}
//	`
func (r *renderer) schemaFile(f *jen.File) {
	f.Add(doc("Schema is what stored bytes depend on, one fact a line. [Open] compares it with what the store was written with; tools read the families' names in it.").
		Const().Id("Schema").Op("=").Add(raw(Facts(r.schema))))
	f.Line()
}

// Facts is the schema as the store remembers it; package family says what the
// lines mean. The first line is always "keyfam schema 1".
func Facts(s *spec.Schema) string {
	var facts []string
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	for _, f := range s.Families {
		add("family %s %s %s", f.Name, class(f.Value), keyFact(f.Key.Template))
		if f.Inverse != nil {
			add("inverse %s %s", f.Name, f.Inverse.Suffix)
		}
	}
	for _, r := range s.Records {
		for _, f := range r.Fields {
			add("field %s %d %s %s", r.Name, f.Number, f.Name, class(f.Type))
		}
	}
	for _, name := range s.Retired.Families {
		add("retired-family %s", name)
	}
	for record, numbers := range s.Retired.Fields {
		for _, n := range numbers {
			add("retired-field %s %d", record, n)
		}
	}
	slices.Sort(facts)
	return "keyfam schema 1\n" + strings.Join(facts, "\n") + "\n"
}

// class is a type as far as stored bytes depend on it: what is read as one
// another has one class.
func class(t *spec.Type) string {
	switch t.Kind {
	case spec.Int32, spec.Int64, spec.Enum:
		return "int"
	case spec.Uint32, spec.Uint64:
		return "uint"
	case spec.Bytes, spec.Go:
		return "bytes"
	case spec.Message:
		return "record"
	case spec.List:
		return "[]" + class(t.Elem)
	case spec.Map:
		return "map[string]" + class(t.Elem)
	}
	return scalars[t.Kind].goName
}

// keyFact is the text of a key with the types of its parts: {string}.{uint32}.
func keyFact(segments []spec.Segment) string {
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
