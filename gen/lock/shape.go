package lock

import (
	"maps"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/facts"
	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
)

// A schemaShape is the shape of a schema: the facts that a lock keeps, with
// their places in the file.
type schemaShape struct {
	facts  map[string]string
	places map[string]spec.Position // of paths such as families.session.id
}

// shape returns the shape of a schema.
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

// add notes a fact that stores do not have.
func (h *schemaShape) add(content, kind string, about ...string) {
	h.facts[factName(kind, about...)] = content
}

// factName is the words that name a fact.
func factName(kind string, about ...string) string {
	return stored.Fact{Kind: kind, About: about}.Name()
}

func (h *schemaShape) family(f *spec.Family) {
	path := "families." + f.Name
	h.places[path], h.places[path+".id"], h.places[path+".value"] = f.Pos, f.ID.Pos, f.Value.Pos
	h.add(f.GoName, "go-name", path)
	h.add(f.Accessor, "accessor", f.Name)
	h.secret(path, f.Secret)
	if !f.ID.Single() {
		names := make([]string, len(f.ID.Parts))
		for i, p := range f.ID.Parts {
			names[i] = p.GoName
		}
		h.add(strings.Join(names, " "), "id", f.Name)
	}
	for _, s := range f.Scans {
		h.add("", "scan", f.Name, s.GoName)
	}
	if f.Inverse != nil {
		h.places[path+".inverse"] = f.Inverse.Pos
	}
	h.typ(path+".value", f.Value)
	h.enum(path, f.Value)
}

func (h *schemaShape) message(m *spec.MessageType) {
	path := "messages." + m.Name
	h.places[path] = m.Pos
	h.add(m.GoName, "go-name", path)
	for _, f := range m.Fields {
		number := strconv.Itoa(f.Number)
		field := path + "." + number
		h.places[field] = f.Pos
		h.add(f.Name, "field-name", m.Name, number)
		if f.OwnGoName {
			h.add(f.GoName, "field-go-name", m.Name, number)
		}
		h.typ(field, f.Type)
		h.secret(field, f.Type.Secret)
		h.enum(field, f.Type)
	}
}

func (h *schemaShape) secret(path string, secret bool) {
	if secret {
		h.add("", "secret", path)
	}
}

// typ notes a type as far as callers' Go code depends on it. Its secrecy, the
// names of an enum and a limit of its length are facts of their own.
func (h *schemaShape) typ(path string, t *spec.Type) {
	h.add(t.Spell(func(t *spec.Type) string {
		if t.Kind == spec.Enum || t.Max > 0 {
			return t.Kind.String()
		}
		return t.String()
	}), "type", path)
}

// enum notes the names of an enum by their numbers.
func (h *schemaShape) enum(path string, t *spec.Type) {
	e := t.Base().Enum
	if e == nil {
		return
	}
	for _, v := range e.Values {
		h.add(v.Name, "value", path, strconv.Itoa(int(v.Number)))
		h.places[path+"."+v.Name] = v.Pos
	}
}

// place returns the place of a path, or of the nearest path above it.
func (h *schemaShape) place(path string) spec.Position {
	for path != "" {
		if pos, ok := h.places[path]; ok {
			return pos
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return spec.Position{Line: 1, Col: 1}
}
