package render

import (
	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// decoded reads a value of the current field: d.Uint64("version").
func decoded(name string, t *spec.Type) *jen.Statement { return decodedAs(jen.Lit(name), t) }

// decodedAs is decoded with the field's name given as an expression.
func decodedAs(name jen.Code, t *spec.Type) *jen.Statement {
	d := jen.Id("d")
	switch t.Kind {
	case spec.Enum:
		return jen.Id(t.Enum.GoName).Call(d.Dot("Int32").Call(name))
	case spec.Message:
		return jen.Qual(familyPath, "DecodeMessage").Call(d, name, jen.Id("decode"+t.Record.GoName))
	case spec.List:
		if packed(t.Elem) {
			return jen.Qual(familyPath, "DecodePacked").Call(d, name, elementReader(t.Elem))
		}
		return jen.Qual(familyPath, "DecodeList").Call(d, name, elementReader(t.Elem))
	case spec.Map:
		return jen.Qual(familyPath, "DecodeMap").Call(d, name, elementReader(t.Elem))
	case spec.Bytes:
		return wrapBytes(t, decodedBytes(name, t))
	}
	return d.Dot(scalars[t.Kind].method).Call(name)
}

func decodedBytes(name jen.Code, t *spec.Type) *jen.Statement {
	switch {
	case t.Size > 0:
		return jen.Id("d").Dot("BytesOf").Call(name, jen.Lit(t.Size))
	case t.Max > 0:
		return jen.Id("d").Dot("BytesMax").Call(name, jen.Lit(t.Max))
	}
	return jen.Id("d").Dot("Bytes").Call(name)
}

// wrapBytes makes the Go value of bytes: [32]byte(b), newSecret32((*[32]byte)(b)).
func wrapBytes(t *spec.Type, b *jen.Statement) *jen.Statement {
	array := jen.Index(jen.Lit(t.Size)).Byte()
	switch {
	case t.Secret && t.Size > 0:
		return jen.Id("new" + secretName(t.Size)).Call(jen.Parens(jen.Op("*").Add(array)).Call(b))
	case t.Secret:
		return jen.Qual(familyPath, "NewSecret").Call(b)
	case t.Size > 0:
		return array.Call(b)
	}
	return b
}

// elementReader reads one element: (*family.Decoder).Uint32, or
//
//	func(d *family.Decoder, name string) KeyPair {
//		return family.DecodeMessage(d, name, decodeKeyPair)
//	}
func elementReader(t *spec.Type) *jen.Statement {
	decoder := jen.Op("*").Qual(familyPath, "Decoder")
	if s, ok := scalars[t.Kind]; ok {
		return jen.Parens(decoder).Dot(s.method)
	}
	if t.Kind == spec.Bytes && t.Size == 0 && t.Max == 0 {
		return jen.Parens(decoder).Dot("Bytes")
	}
	return jen.Func().Params(jen.Id("d").Add(decoder), jen.Id("name").String()).Add(plainType(t)).Block(
		jen.Return(decodedAs(jen.Id("name"), t)))
}
