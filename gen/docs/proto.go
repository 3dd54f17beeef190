package docs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
)

// Proto is the .proto text (proto3) whose messages are what the families of s
// store. The values of families of plain text or bytes are no messages; a
// comment says which message the others are.
func Proto(s *spec.Schema) string {
	p := &protoWriter{}
	p.line(0, `syntax = "proto3";`)
	p.line(0, "")
	p.comment(0, s.Doc)
	p.line(0, "package %s;", s.Package)
	for _, f := range s.Families {
		p.family(f)
	}
	for _, r := range s.Messages {
		p.message(r, s.Retired.Fields[r.Name])
	}
	return p.String()
}

type protoWriter struct{ strings.Builder }

func (p *protoWriter) line(depth int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text != "" {
		p.WriteString(strings.Repeat("  ", depth))
	}
	p.WriteString(text + "\n")
}

func (p *protoWriter) comment(depth int, text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		p.line(depth, "%s", strings.TrimRight("// "+line, " "))
	}
}

// family says what a family's values are, and writes the message of one that
// is stored as the field number 1.
func (p *protoWriter) family(f *spec.Family) {
	p.line(0, "")
	p.line(0, "// A value of the family %s is %s.", f.Name, storedAs(f))
	if !f.Value.Wrapped() {
		return
	}
	p.line(0, "message %s {", rowMessage(f))
	p.field(&spec.Field{Number: 1, Name: "value", Type: f.Value})
	p.line(0, "}")
	p.enum(f.Value)
}

// rowMessage is the message that holds the one value of a family.
func rowMessage(f *spec.Family) string { return f.GoName + "Row" }

// storedAs says in words what the bytes of a family's value are.
func storedAs(f *spec.Family) string {
	switch t := f.Value; t.Kind {
	case spec.String:
		return "its UTF-8 text as it stands"
	case spec.Bytes:
		return "its bytes as they stand" + length(t)
	case spec.Go:
		return fmt.Sprintf("what %s marshals to", t.Go)
	case spec.Message:
		return "a message " + t.Message.GoName
	}
	return "a message " + rowMessage(f)
}

// length says how long bytes are, if that is known.
func length(t *spec.Type) string {
	switch {
	case t.Size > 0:
		return fmt.Sprintf(", exactly %d", t.Size)
	case t.Max > 0:
		return fmt.Sprintf(", at most %d", t.Max)
	}
	return ""
}

func (p *protoWriter) message(r *spec.MessageType, retired []int) {
	p.line(0, "")
	p.comment(0, r.Doc)
	p.line(0, "message %s {", r.GoName)
	if len(retired) > 0 {
		p.line(1, "reserved %s;", strings.Trim(strings.ReplaceAll(fmt.Sprint(retired), " ", ", "), "[]"))
	}
	for _, f := range r.Fields {
		p.field(f)
	}
	p.line(0, "}")
	for _, f := range r.Fields {
		p.enum(f.Type)
	}
}

func (p *protoWriter) field(f *spec.Field) {
	p.comment(1, f.Doc)
	p.comment(1, constraints(f.Type))
	p.line(1, "%s %s = %d;", protoType(f.Type), f.Name, f.Number)
}

// constraints says what the type of a field means and protobuf cannot.
func constraints(t *spec.Type) string {
	var all []string
	inner := t.Base()
	switch {
	case inner.Size > 0:
		all = append(all, fmt.Sprintf("Exactly %d bytes.", inner.Size))
	case inner.Max > 0:
		all = append(all, fmt.Sprintf("At most %d bytes.", inner.Max))
	}
	switch inner.Kind {
	case spec.Time:
		all = append(all, "Milliseconds since 1970.")
	case spec.TimeNanos:
		all = append(all, "Nanoseconds since 1970.")
	}
	if t.Secret {
		all = append(all, "Secret.")
	}
	if t.Kind == spec.Go {
		all = append(all, fmt.Sprintf("What %s marshals to.", t.Go))
	}
	return strings.Join(all, " ")
}

func protoType(t *spec.Type) string {
	switch {
	case t.Optional:
		inner := *t
		inner.Optional = false
		return "optional " + protoType(&inner)
	case t.Kind == spec.Go:
		return "optional bytes" // it is written even if it marshals to nothing
	case t.Kind == spec.List:
		return "repeated " + elementType(t.Elem)
	case t.Kind == spec.Map:
		return "map<string, " + elementType(t.Elem) + ">"
	case t.Kind == spec.Message:
		return t.Message.GoName
	case t.Kind == spec.Enum:
		return t.Enum.GoName
	case t.Kind.Scalar().None: // 1970 is written too
		return "optional " + t.Kind.Scalar().Proto
	}
	return t.Kind.Scalar().Proto
}

// elementType is the type of what a list or a map holds, which is never absent.
func elementType(t *spec.Type) string { return strings.TrimPrefix(protoType(t), "optional ") }

// enum writes the enum that a type is or is made of. proto3 wants a zero
// first; the underscore keeps the one made up here apart from all Go names.
func (p *protoWriter) enum(t *spec.Type) {
	if t = t.Base(); t.Enum == nil {
		return
	}
	values := slices.SortedFunc(slices.Values(t.Enum.Values), func(a, b spec.EnumValue) int {
		return cmp.Compare(a.Number, b.Number)
	})
	p.line(0, "")
	p.line(0, "enum %s {", t.Enum.GoName)
	if values[0].Number != 0 {
		p.line(1, "%s_UNSET = 0;", t.Enum.GoName)
	}
	for _, v := range values {
		p.line(1, "%s = %d;", v.GoName, v.Number)
	}
	p.line(0, "}")
}
