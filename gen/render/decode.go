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
	case spec.List:
		switch {
		case t.Elem.Kind == spec.Float64:
			return jen.Qual(codecPath, "DecodeFloats").Call(d, name, elementReader(t.Elem))
		case t.Elem.Packed():
			return jen.Qual(codecPath, "DecodePacked").Call(d, name, elementReader(t.Elem))
		case t.Elem.Kind == spec.Message:
			return jen.Qual(codecPath, "DecodeMessages").Call(d, name, fieldsReader(t.Elem))
		}
		return jen.Qual(codecPath, "DecodeList").Call(d, name, elementReader(t.Elem))
	case spec.Map:
		if t.Elem.Kind == spec.Message {
			return jen.Qual(codecPath, "DecodeMessageMap").Call(d, name, fieldsReader(t.Elem))
		}
		return jen.Qual(codecPath, "DecodeMap").Call(d, name, elementReader(t.Elem))
	case spec.Bytes:
		return wrapBytes(t, decodedBytes(name, t))
	}
	plain := d.Dot(t.Kind.Scalar().Method).Call(name)
	if t.Secret {
		return jen.Qual(familyPath, "NewSecretString").Call(plain)
	}
	return plain
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

// wrapBytes makes the Go value of bytes: [32]byte(b),
// newSecret32((*[32]byte)(b)).
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

// decodeMessage emits what reads a message into what v points to:
//
//	m := d.Begin("pair")
//	decodeKeyPair(d, &r.Pair)
//	d.End(m, "pair")
func decodeMessage(g *jen.Group, name string, t *spec.Type, v jen.Code) {
	g.Id("m").Op(":=").Id("d").Dot("Begin").Call(jen.Lit(name))
	g.Add(fieldsReader(t)).Call(jen.Id("d"), v)
	g.Id("d").Dot("End").Call(jen.Id("m"), jen.Lit(name))
}

// fieldsReader is the function that reads the fields of a message.
func fieldsReader(t *spec.Type) *jen.Statement { return jen.Id("decode" + t.Message.GoName) }

// elementReader reads one element that is no message: (*codec.Decoder).Uint32,
// or
//
//	func(d *codec.Decoder, name string) [4]byte {
//		return [4]byte(d.BytesOf(name, 4))
//	}
func elementReader(t *spec.Type) *jen.Statement {
	decoder := jen.Op("*").Qual(codecPath, "Decoder")
	if t.Kind.IsScalar() && t.Bound() == "" {
		return jen.Parens(decoder).Dot(t.Kind.Scalar().Method)
	}
	return jen.Func().Params(jen.Id("d").Add(decoder), jen.Id("name").String()).Add(plainType(t)).Block(
		jen.Return(decodedAs(jen.Id("name"), t)))
}
