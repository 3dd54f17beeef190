package render

import (
	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// encodeField emits what writes a field of the value v, if it is not the
// default:
//
//	if r.Version != 0 {
//		e.Uint64(1, r.Version)
//	}
func encodeField(g *jen.Group, number int, name string, t *spec.Type, v *jen.Statement) {
	n := jen.Lit(number)
	switch {
	case t.Kind == spec.List:
		encodeList(g, number, name, t.Elem, v)
	case t.Kind == spec.Map:
		encodeMap(g, number, name, t.Elem, v)
	case t.Kind == spec.Go:
		g.Id("e").Dot("Marshaled").Call(n, jen.Lit(name), v.Clone().Dot("MarshalBinary"))
	case t.Optional && nilable(t):
		g.If(v.Clone().Op("!=").Nil()).Block(encoded(number, name, t, v))
	case t.Optional:
		inner := *t
		inner.Optional = false
		g.If(v.Clone().Op("!=").Nil()).Block(encoded(number, name, &inner, deref(&inner, v)))
	case t.Required():
		g.Add(encoded(number, name, t, v))
	default:
		g.If(notDefault(t, v)).Block(encoded(number, name, t, v))
	}
}

// deref is what a pointer points to, where Go does not look there by itself.
func deref(t *spec.Type, v *jen.Statement) *jen.Statement {
	if t.Kind == spec.Bytes || t.Secret {
		return v
	}
	return jen.Op("*").Add(v.Clone())
}

func notDefault(t *spec.Type, v *jen.Statement) *jen.Statement {
	switch {
	case t.Kind == spec.Bool:
		return v.Clone()
	case t.Kind == spec.Bytes:
		return jen.Len(slice(t, v)).Op("!=").Lit(0)
	case t.Kind == spec.Enum:
		return v.Clone().Op("!=").Lit(0)
	case t.Kind == spec.Float64:
		return jen.Op("!").Qual(codecPath, "IsZero").Call(v.Clone())
	case t.Kind.Scalar().None:
		return jen.Op("!").Add(v.Clone()).Dot("IsZero").Call()
	}
	return text(t, v).Op("!=").Op(t.Kind.Scalar().Zero)
}

// encoded writes a field, default or not: e.Uint64(1, r.Version).
func encoded(number int, name string, t *spec.Type, v *jen.Statement) *jen.Statement {
	n, e := jen.Lit(number), jen.Id("e")
	switch t.Kind {
	case spec.Enum:
		return e.Dot("Int32").Call(n, jen.Int32().Call(v.Clone()))
	case spec.Message:
		return jen.Qual(codecPath, "EncodeMessage").Call(e, n, v.Clone(), jen.Id("encode"+t.Message.GoName))
	case spec.Bytes:
		if t.Max > 0 {
			return e.Dot("BytesMax").Call(n, jen.Lit(name), slice(t, v), jen.Lit(t.Max))
		}
		return e.Dot("Bytes").Call(n, slice(t, v))
	}
	if s := t.Kind.Scalar(); s.Checks {
		return e.Dot(s.Method).Call(n, jen.Lit(name), text(t, v))
	}
	return e.Dot(t.Kind.Scalar().Method).Call(n, v.Clone())
}

// text is what a secret string hides: v or v.Reveal().
func text(t *spec.Type, v *jen.Statement) *jen.Statement {
	if t.Secret {
		return v.Clone().Dot("Reveal").Call()
	}
	return v.Clone()
}

// slice is the bytes of v: v, v[:], v.Reveal() or v.slice().
func slice(t *spec.Type, v *jen.Statement) *jen.Statement {
	switch {
	case t.Secret && t.Size > 0:
		return v.Clone().Dot("slice").Call()
	case t.Secret:
		return v.Clone().Dot("Reveal").Call()
	case t.Size > 0:
		return v.Clone().Index(jen.Op(":"))
	}
	return v.Clone()
}

// encodeList emits a packed field for numbers, and for other elements
//
//	for _, v := range r.Names {
//		e.String(3, "names", v)
//	}
func encodeList(g *jen.Group, number int, name string, elem *spec.Type, v *jen.Statement) {
	if elem.Packed() && elem.Kind.IsScalar() && elem.Kind.Scalar().Checks {
		g.If(jen.Len(v.Clone()).Op("!=").Lit(0)).Block(
			jen.Id("e").Dot(elem.Kind.Scalar().Method+"List").Call(jen.Lit(number), jen.Lit(name), v.Clone()))
		return
	}
	if elem.Packed() {
		encode := "EncodePacked"
		if elem.Kind == spec.Bool {
			encode = "EncodePackedBool"
		}
		g.If(jen.Len(v.Clone()).Op("!=").Lit(0)).Block(
			jen.Qual(codecPath, encode).Call(jen.Id("e"), jen.Lit(number), v.Clone()))
		return
	}
	one := element(v)
	g.For(jen.List(jen.Id("_"), one).Op(":=").Range().Add(v.Clone())).Block(encoded(number, name, elem, one))
}

// encodeMap emits
//
//	for k, v := range codec.Sorted(r.Devices) {
//		m := e.Begin(1)
//		e.String(1, "devices", k)
//		e.Bool(2, v)
//		e.End(m)
//	}
func encodeMap(g *jen.Group, number int, name string, elem *spec.Type, v *jen.Statement) {
	one := element(v)
	g.For(jen.List(jen.Id("k"), one).Op(":=").Range().Qual(codecPath, "Sorted").Call(v.Clone())).Block(
		jen.Id("m").Op(":=").Id("e").Dot("Begin").Call(jen.Lit(number)),
		jen.Id("e").Dot("String").Call(jen.Lit(1), jen.Lit(name), jen.Id("k")),
		encoded(2, name, elem, one),
		jen.Id("e").Dot("End").Call(jen.Id("m")),
	)
}

// element names a loop's variable unlike the value it ranges over.
func element(v *jen.Statement) *jen.Statement {
	if v.GoString() == "v" {
		return jen.Id("one")
	}
	return jen.Id("v")
}
