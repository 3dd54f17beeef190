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
		return jen.Id("encode" + t.Record.GoName), jen.Id("decode" + t.Record.GoName)
	case t.Kind == spec.String:
		return jen.Qual(familyPath, "EncodeString"), jen.Qual(familyPath, "DecodeString")
	case ownCodec(fam):
		return jen.Id("encode" + fam.GoName + "Value"), jen.Id("decode" + fam.GoName + "Value")
	case t.Secret:
		return jen.Qual(familyPath, "EncodeSecret"), jen.Qual(familyPath, "DecodeSecret")
	}
	return jen.Qual(familyPath, "EncodeBytes"), jen.Qual(familyPath, "DecodeBytes")
}

// ownCodec says whether the values of a family need functions of their own.
func ownCodec(fam *spec.Family) bool {
	t := fam.Value
	return t.Wrapped() || t.Kind == spec.Go || t.Kind == spec.Bytes && t.Size+t.Max > 0
}

// valueCodec emits these functions.
func (r *renderer) valueCodec(f *jen.File, fam *spec.Family) {
	if !ownCodec(fam) {
		return
	}
	t, name := fam.Value, fam.GoName+"Value"
	if t.Kind == spec.Go {
		marshals(f, t.Go)
	}
	f.Func().Id("encode"+name).Params(jen.Id("e").Op("*").Qual(familyPath, "Encoder"), jen.Id("v").Add(goType(t))).
		BlockFunc(func(g *jen.Group) { encodeWhole(g, t) })
	f.Line()
	f.Func().Id("decode" + name).Params(jen.Id("d").Op("*").Qual(familyPath, "Decoder")).Params(jen.Id("v").Add(goType(t))).
		BlockFunc(func(g *jen.Group) { decodeWhole(g, t) })
	f.Line()
}

func encodeWhole(g *jen.Group, t *spec.Type) {
	switch {
	case t.Wrapped():
		encodeField(g, 1, "value", t, jen.Id("v"))
	case t.Kind == spec.Go:
		g.Id("e").Dot("WholeMarshaled").Call(jen.Id("v").Dot("MarshalBinary"))
	case t.Max > 0:
		g.Id("e").Dot("WholeMax").Call(slice(t, jen.Id("v")), jen.Lit(t.Max))
	default:
		g.Id("e").Dot("Whole").Call(slice(t, jen.Id("v")))
	}
}

// decodeWhole emits, for a type that is stored as a record of one field,
//
//	for d.Next() {
//		switch d.Number() {
//		case 1:
//			v = family.DecodeList(d, "value", (*family.Decoder).String)
//		default:
//			d.Refuse()
//		}
//	}
//	return v
func decodeWhole(g *jen.Group, t *spec.Type) {
	d, v := jen.Id("d"), jen.Id("v")
	switch {
	case t.Wrapped():
		g.For(jen.Id("d").Dot("Next").Call()).Block(
			jen.Switch(jen.Id("d").Dot("Number").Call()).Block(
				jen.Case(jen.Lit(1)).Block(jen.Id("v").Op("=").Add(decoded("value", t))),
				jen.Default().Block(jen.Id("d").Dot("Refuse").Call())))
		if t.Kind == spec.Map {
			ensureMap(g, jen.Id("v"), t)
		}
		g.Return(v)
	case t.Kind == spec.Go:
		g.Add(d.Dot("Failed").Call(jen.Lit("value"), jen.Id("v").Dot("UnmarshalBinary").Call(jen.Id("d").Dot("Whole").Call())))
		g.Return(v)
	case t.Max > 0:
		g.Return(wrapBytes(t, d.Dot("WholeMax").Call(jen.Lit(t.Max))))
	default:
		g.Return(wrapBytes(t, d.Dot("WholeOf").Call(jen.Lit(t.Size))))
	}
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
