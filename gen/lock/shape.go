package lock

import (
	"fmt"
	"maps"
	"strings"

	"github.com/keyfam/keyfam/gen/facts"
	"github.com/keyfam/keyfam/gen/spec"
)

// A schemaShape is what a lock keeps of a schema, and where it stands.
type schemaShape struct {
	facts  map[string]string
	places map[string]spec.Position // of paths such as families.session.id
}

// shape reads the facts of a schema.
func shape(s *spec.Schema) *schemaShape {
	h := &schemaShape{facts: map[string]string{}, places: map[string]spec.Position{}}
	maps.Copy(h.facts, facts.Of(s).Binding())
	maps.Copy(h.places, s.Places)
	h.facts["package"] = s.Package
	for _, f := range s.Families {
		h.family(f)
	}
	for _, r := range s.Messages {
		h.message(r)
	}
	return h
}

func (h *schemaShape) family(f *spec.Family) {
	path := "families." + f.Name
	h.places[path], h.places[path+".id"] = f.Pos, f.ID.Pos
	h.facts["go-name "+path] = f.GoName
	h.facts["accessor "+f.Name] = f.Accessor
	if f.Secret {
		h.facts["secret "+path] = ""
	}
	if !f.ID.Single() {
		var names []string
		for _, p := range f.ID.Parts {
			names = append(names, p.GoName)
		}
		h.facts["id "+f.Name] = strings.Join(names, " ")
	}
	for _, s := range f.Scans {
		h.facts["scan "+f.Name+" "+s.GoName] = ""
	}
	if f.Inverse != nil {
		h.places[path+".inverse"] = f.Inverse.Pos
	}
	h.places[path+".value"] = f.Value.Pos
	h.typ(path+".value", f.Value)
	h.enum(path, f.Value)
}

func (h *schemaShape) message(r *spec.MessageType) {
	path := "messages." + r.Name
	h.places[path] = r.Pos
	h.facts["go-name "+path] = r.GoName
	for _, f := range r.Fields {
		field := fmt.Sprintf("%s.%d", path, f.Number)
		h.places[field] = f.Pos
		h.facts[fmt.Sprintf("field-name %s %d", r.Name, f.Number)] = f.Name
		h.typ(field, f.Type)
		if f.Type.Secret {
			h.facts["secret "+field] = ""
		}
		h.enum(field, f.Type)
	}
}

func (h *schemaShape) typ(path string, t *spec.Type) { h.facts["type "+path] = goType(t) }

// enum notes the names of an enum by their numbers.
func (h *schemaShape) enum(path string, t *spec.Type) {
	e := t.Enum
	if t.Elem != nil {
		e = t.Elem.Enum
	}
	if e == nil {
		return
	}
	for _, v := range e.Values {
		h.facts[fmt.Sprintf("value %s %d", path, v.Number)] = v.Name
		h.places[path+"."+v.Name] = v.Pos
	}
}

// goType is a type as far as the Go code of callers depends on it, but for its
// secrecy and its names, which are facts of their own.
func goType(t *spec.Type) string {
	optional := ""
	if t.Optional {
		optional = " optional"
	}
	switch t.Kind {
	case spec.Enum:
		return "enum" + optional
	case spec.Message:
		return t.Message.Name + optional
	case spec.List:
		return "[]" + goType(t.Elem)
	case spec.Map:
		return "map[string]" + goType(t.Elem)
	case spec.Go:
		return t.Go.Import + "." + t.Go.Name
	case spec.Bytes:
		if t.Size > 0 {
			return fmt.Sprintf("bytes[%d]%s", t.Size, optional)
		}
		return "bytes" + optional
	}
	return t.Kind.String() + optional
}

// place is where a path stands, or else what it is below of.
func (h *schemaShape) place(path string) spec.Position {
	for path != "" {
		if pos, ok := h.places[path]; ok {
			return pos
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return spec.Position{Line: 1, Col: 1}
}
