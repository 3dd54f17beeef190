package render

import (
	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// valueFuncs is what writes and reads a family's values.
func valueFuncs(fam *spec.Family) (encode, decode *jen.Statement) {
	t := fam.Value
	switch {
	case t.Kind == spec.Message:
		return jen.Id("encode" + t.Message.GoName), jen.Id("unmarshal" + t.Message.GoName)
	case t.Kind == spec.String && t.Secret:
		return jen.Qual(familyPath, "EncodeSecretString"), jen.Qual(familyPath, "DecodeSecretString")
	case t.Kind == spec.String:
		return jen.Qual(codecPath, "EncodeString"), jen.Qual(codecPath, "DecodeString")
	case ownCodec(t):
		return jen.Id("encode" + fam.GoName + "Value"), jen.Id("unmarshal" + fam.GoName + "Value")
	case t.Secret:
		return jen.Qual(familyPath, "EncodeSecret"), jen.Qual(familyPath, "DecodeSecret")
	}
	return jen.Qual(codecPath, "EncodeBytes"), jen.Qual(codecPath, "DecodeBytes")
}

// ownCodec reports whether values of the type need functions of their own.
func ownCodec(t *spec.Type) bool {
	return t.Wrapped() || t.Kind == spec.Go || t.Kind == spec.Bytes && t.Size+t.Max > 0
}

// valueCodec emits these functions.
func (r *renderer) valueCodec(f *jen.File, fam *spec.Family) {
	t, name := fam.Value, fam.GoName+"Value"
	if !ownCodec(t) {
		return
	}
	if t.Kind == spec.Go {
		marshals(f, t.Go)
	}
	f.Func().Id("encode"+name).Params(jen.Id("e").Op("*").Qual(codecPath, "Encoder"), jen.Id("v").Add(goType(t))).
		BlockFunc(func(g *jen.Group) { encodeWhole(g, t) })
	f.Line()
	f.Func().Id("unmarshal"+name).Params(jen.Id("b").Index().Byte()).Params(jen.Id("v").Add(goType(t)), jen.Err().Error()).
		BlockFunc(func(g *jen.Group) { decodeWhole(g, t) })
	f.Line()
}

func encodeWhole(g *jen.Group, t *spec.Type) {
	whole := func(name string, args ...jen.Code) {
		g.Qual(codecPath, name).Call(append([]jen.Code{jen.Id("e")}, args...)...)
	}
	switch {
	case t.Wrapped():
		encodeField(g, 1, "value", t, jen.Id("v"))
	case t.Kind == spec.Go:
		whole("EncodeMarshaled", jen.Id("v").Dot("MarshalBinary"))
	case t.Max > 0:
		whole("EncodeMax", slice(t, jen.Id("v")), jen.Lit(t.Max))
	default:
		whole("EncodeBytes", slice(t, jen.Id("v")))
	}
}

// decodeWhole emits what reads bytes of limited length:
//
//	b, err = codec.DecodeFixed(b, 16)
//	return newSecret16((*[16]byte)(b)), err
func decodeWhole(g *jen.Group, t *spec.Type) {
	limited := func(name string, n int) {
		g.List(jen.Id("b"), jen.Err()).Op("=").Qual(codecPath, name).Call(jen.Id("b"), jen.Lit(n))
		g.Return(wrapBytes(t, jen.Id("b")), jen.Err())
	}
	switch {
	case t.Wrapped():
		decodeWrapped(g, t)
	case t.Kind == spec.Go:
		g.Return(jen.Id("v"), jen.Qual(codecPath, "DecodeMarshaled").Call(jen.Id("b"), jen.Id("v").Dot("UnmarshalBinary")))
	case t.Max > 0:
		limited("DecodeMax", t.Max)
	default:
		limited("DecodeFixed", t.Size)
	}
}

// decodeWrapped emits what reads a type that is stored as a message of one
// field:
//
//	d := new(codec.NewDecoder(b))
//	for d.Next() {
//		switch d.Number() {
//		case 1:
//			v = codec.DecodeList(d, "value", (*codec.Decoder).String)
//		default:
//			d.Refuse()
//		}
//	}
//	return v, d.Finish()
func decodeWrapped(g *jen.Group, t *spec.Type) {
	g.Id("d").Op(":=").New(jen.Qual(codecPath, "NewDecoder").Call(jen.Id("b")))
	g.For(jen.Id("d").Dot("Next").Call()).Block(
		jen.Switch(jen.Id("d").Dot("Number").Call()).Block(
			jen.Case(jen.Lit(1)).Block(jen.Id("v").Op("=").Add(decoded("value", t))),
			jen.Default().Block(jen.Id("d").Dot("Refuse").Call())))
	g.Return(jen.Id("v"), jen.Id("d").Dot("Finish").Call())
}

// marshals emits the assertion that a user's type still has the methods that it
// was stored with:
//
//	var (
//		_ encoding.BinaryMarshaler   = (*peer.State)(nil)
//		_ encoding.BinaryUnmarshaler = (*peer.State)(nil)
//	)
func marshals(f *jen.File, t *spec.GoType) {
	null := func() *jen.Statement { return jen.Parens(jen.Op("*").Qual(t.Import, t.Name)).Call(jen.Nil()) }
	f.Add(doc(t.Name+" is stored as the bytes that it marshals to.")).Var().Defs(
		jen.Id("_").Qual("encoding", "BinaryMarshaler").Op("=").Add(null()),
		jen.Id("_").Qual("encoding", "BinaryUnmarshaler").Op("=").Add(null()),
	)
	f.Line()
}
