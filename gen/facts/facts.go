// Package facts derives from a checked families.yaml the facts that a store
// keeps of it. Package stored knows what the facts mean.
package facts

import (
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
)

// Of returns the facts of a schema.
func Of(s *spec.Schema) stored.Facts {
	f := &facts{}
	for _, fam := range s.Families {
		f.family(fam)
	}
	for _, m := range s.Messages {
		f.message(m)
	}
	f.retired(s.Retired)
	return stored.Make(f.all...)
}

// facts collects facts.
type facts struct{ all []stored.Fact }

func (f *facts) add(content, kind string, about ...string) {
	f.all = append(f.all, stored.Fact{Kind: kind, About: about, Content: content})
}

func (f *facts) family(fam *spec.Family) {
	f.add(fam.Value.Stored()+" "+fam.ID.Stored(), "family", fam.Name)
	if fam.Inverse != nil {
		f.add(fam.Inverse.Suffix, "inverse", fam.Name)
	}
	names := make([]string, len(fam.ID.Parts))
	for i, p := range fam.ID.Parts {
		names[i] = p.Name
	}
	f.add(strings.Join(names, " "), "+id", fam.Name)
	path := "families." + fam.Name
	f.secret(path, fam.Secret)
	f.goType(path+".value", fam.Value)
	f.enum(path, fam.Value)
}

func (f *facts) message(m *spec.MessageType) {
	f.add("", "message", m.Name)
	for _, field := range m.Fields {
		number := strconv.Itoa(field.Number)
		f.add(field.Type.Stored(), "field", m.Name, number)
		f.add(number, "name", m.Name, field.Name)
		f.add(field.Name, "+field-name", m.Name, number)
		path := "messages." + m.Name + "." + number
		f.secret(path, field.Type.Secret)
		f.goType(path, field.Type)
		f.enum(path, field.Type)
	}
}

func (f *facts) retired(r spec.Retired) {
	for _, name := range r.Families {
		f.add("", "retired-family", name)
	}
	for message, numbers := range r.Fields {
		for _, n := range numbers {
			f.add("", "retired-field", message, strconv.Itoa(n))
		}
	}
}

func (f *facts) secret(path string, secret bool) {
	if secret {
		f.add("", "+secret", path)
	}
}

func (f *facts) goType(path string, t *spec.Type) {
	if t.Kind == spec.Go {
		f.add(t.Go.String(), "+go-type", path)
	}
}

func (f *facts) enum(path string, t *spec.Type) {
	e := t.Base().Enum
	if e == nil {
		return
	}
	for _, v := range e.Values {
		number := strconv.Itoa(int(v.Number))
		f.add(number, "enum", path, v.Name)
		f.add(v.Name, "+enum-name", path, number)
	}
}
