// Package facts tells what a store remembers of a checked families file;
// package stored says what the facts mean.
package facts

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
)

// Of is the facts of a schema.
func Of(s *spec.Schema) stored.Facts {
	f := facts{}
	for _, fam := range s.Families {
		f.family(fam)
	}
	for _, m := range s.Messages {
		f.message(m)
	}
	for _, name := range s.Retired.Families {
		f["retired-family "+name] = ""
	}
	for message, numbers := range s.Retired.Fields {
		for _, n := range numbers {
			f["retired-"+stored.Field(message, n)] = ""
		}
	}
	return stored.Facts(f)
}

type facts stored.Facts

func (f facts) family(fam *spec.Family) {
	f["family "+fam.Name] = class(fam.Value) + " " + idText(fam.ID.Template)
	if fam.Inverse != nil {
		f["inverse "+fam.Name] = fam.Inverse.Suffix
	}
	var names []string
	for _, p := range fam.ID.Parts {
		names = append(names, p.Name)
	}
	f["+id "+fam.Name] = strings.Join(names, " ")
	path := "families." + fam.Name
	f.secret(path, fam.Secret)
	f.goType(path+".value", fam.Value)
	f.enum(path, fam.Value)
}

func (f facts) message(m *spec.MessageType) {
	f["message "+m.Name] = ""
	for _, field := range m.Fields {
		f[stored.Field(m.Name, field.Number)] = class(field.Type)
		f["name "+m.Name+" "+field.Name] = strconv.Itoa(field.Number)
		f[fmt.Sprintf("+field-name %s %d", m.Name, field.Number)] = field.Name
		path := fmt.Sprintf("messages.%s.%d", m.Name, field.Number)
		f.secret(path, field.Type.Secret)
		f.goType(path, field.Type)
		f.enum(path, field.Type)
	}
}

func (f facts) secret(path string, secret bool) {
	if secret {
		f["+secret "+path] = ""
	}
}

func (f facts) goType(path string, t *spec.Type) {
	if t.Kind == spec.Go {
		f["+go-type "+path] = t.Go.Import + "." + t.Go.Name
	}
}

func (f facts) enum(path string, t *spec.Type) {
	e := t.Enum
	if t.Elem != nil {
		e = t.Elem.Enum
	}
	if e == nil {
		return
	}
	for _, v := range e.Values {
		f["enum "+path+" "+v.Name] = strconv.Itoa(int(v.Number))
		f[fmt.Sprintf("+enum-name %s %d", path, v.Number)] = v.Name
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
	case t.Kind == spec.Go:
		return "go{}"
	case t.Kind == spec.Message:
		return t.Message.Name + optional
	case t.Kind == spec.List:
		return "[]" + class(t.Elem)
	case t.Kind == spec.Map:
		return "map[string]" + class(t.Elem)
	}
	return t.Kind.String() + optional
}

// idText is the text of an id with the types of its parts: {string}.{uint32}.
func idText(segments []spec.Segment) string {
	var b strings.Builder
	for _, s := range segments {
		switch {
		case s.Part == nil:
			b.WriteString(s.Literal)
		case s.Part.Ordered:
			b.WriteString("{" + s.Part.Kind.String() + " ordered}")
		default:
			b.WriteString("{" + s.Part.Kind.String() + "}")
		}
	}
	return b.String()
}
