package spec_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
)

// describe shows all that a schema says, one fact a line.
func describe(s *spec.Schema) string {
	d := &describer{}
	d.line(0, "version %d package %s%s", s.Version, s.Package, doc(s.Doc))
	for _, r := range s.Messages {
		d.line(0, "message %s %s%s", r.Name, r.GoName, doc(r.Doc))
		for _, f := range r.Fields {
			d.line(1, "%d %s %s %s%s", f.Number, f.Name, f.GoName, typeText(f.Type), doc(f.Doc))
			d.enum(f.Type)
		}
	}
	for _, f := range s.Families {
		d.family(f)
	}
	if len(s.Retired.Families) > 0 {
		d.line(0, "retired %s", strings.Join(s.Retired.Families, " "))
	}
	for _, r := range s.Messages {
		if numbers := s.Retired.Fields[r.Name]; numbers != nil {
			d.line(0, "retired %s %v", r.Name, numbers)
		}
	}
	return d.String()
}

type describer struct{ strings.Builder }

func (d *describer) line(depth int, format string, args ...any) {
	fmt.Fprintf(d, strings.Repeat("  ", depth)+format+"\n", args...)
}

func doc(text string) string {
	if text == "" {
		return ""
	}
	return " " + strconv.Quote(text)
}

func flags(pairs ...any) string {
	var out strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			out.WriteString(" " + pairs[i].(string))
		}
	}
	return out.String()
}

func (d *describer) family(f *spec.Family) {
	d.line(0, "family %s %s %s%s%s", f.Name, f.GoName, f.Accessor, flags("secret", f.Secret), doc(f.Doc))
	d.line(1, "id %s%s", template(f.ID.Template), flags("single", f.ID.Single()))
	for _, p := range f.ID.Parts {
		forbidden := ""
		if p.Forbidden != "" {
			forbidden = " without " + p.Forbidden
		}
		d.line(2, "%s %s %s %s%s%s%s", p.Name, p.GoName, p.Param, kindText(p.Kind), flags("ordered", p.Ordered), forbidden, doc(p.Doc))
	}
	d.line(1, "value %s%s", typeText(f.Value), flags("wrapped", f.Value.Wrapped()))
	d.enum(f.Value)
	for _, s := range f.Scans {
		d.line(1, "scan %s %s of %d", s.GoName, template(s.Prefix), len(s.Parts))
	}
	if f.Inverse != nil {
		d.line(1, "inverse %s", f.Inverse.Suffix)
	}
}

func (d *describer) enum(t *spec.Type) {
	if t.Elem != nil {
		t = t.Elem
	}
	if t.Enum == nil {
		return
	}
	for _, v := range t.Enum.Values {
		d.line(2, "%d %s %s", v.Number, v.Name, v.GoName)
	}
}

func template(segments []spec.Segment) string {
	var out strings.Builder
	for _, s := range segments {
		if s.Part != nil {
			out.WriteString("{" + s.Part.Name + "}")
		}
		out.WriteString(s.Literal)
	}
	return out.String()
}

func kindText(k spec.Kind) string {
	kinds := []string{"bool", "int32", "int64", "uint32", "uint64", "float64", "time", "time nanos", "string", "bytes", "enum", "message", "list", "map", "go"}
	return kinds[slices.Index([]spec.Kind{
		spec.Bool, spec.Int32, spec.Int64, spec.Uint32, spec.Uint64, spec.Float64, spec.Time, spec.TimeNanos, spec.String,
		spec.Bytes, spec.Enum, spec.Message, spec.List, spec.Map, spec.Go,
	}, k)]
}

func typeText(t *spec.Type) string {
	out := kindText(t.Kind)
	switch {
	case t.Size > 0:
		out += fmt.Sprintf("[%d]", t.Size)
	case t.Max > 0:
		out += fmt.Sprintf("[..%d]", t.Max)
	case t.Elem != nil:
		out += " of " + typeText(t.Elem)
	case t.Message != nil:
		out += " " + t.Message.Name
	case t.Enum != nil:
		out += " " + t.Enum.GoName
	case t.Go != nil:
		out += " " + t.Go.Import + "." + t.Go.Name
	}
	return out + flags("optional", t.Optional, "secret", t.Secret)
}
