package render

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// messages emits every message with its enums and its codec:
//
//	// KeyPair is …
//	type KeyPair struct {
//		// The public key.
//		Public [32]byte
//
//		unknown codec.Unknown
//	}
func (r *renderer) messages(f *jen.File) {
	for _, msg := range r.schema.Messages {
		words := msg.Doc
		f.Add(doc(lines(msg.GoName+" is the message "+msg.Name+":", words)).Type().Id(msg.GoName).StructFunc(func(g *jen.Group) {
			for _, field := range msg.Fields {
				declareField(g, field)
			}
			g.Line()
			g.Id("unknown").Qual(codecPath, "Unknown").Comment("fields of newer schemas")
		}))
		f.Line()
		for _, field := range msg.Fields {
			enum(f, field.Type, "the field "+field.Name+" of a "+msg.GoName)
		}
		messageMethods(f, msg)
		messageEncoder(f, msg)
		messageDecoder(f, msg)
		if r.isValue(msg) {
			messageUnmarshaler(f, msg)
		}
	}
}

// isValue reports whether a family has the message as its value.
func (r *renderer) isValue(msg *spec.MessageType) bool {
	return slices.ContainsFunc(r.schema.Families, func(f *spec.Family) bool { return f.Value.Message == msg })
}

// messageUnmarshaler emits
//
//	func unmarshalKeyPair(b []byte) (r KeyPair, err error) {
//		d := new(codec.NewDecoder(b))
//		decodeKeyPair(d, &r)
//		return r, d.Finish()
//	}
func messageUnmarshaler(f *jen.File, msg *spec.MessageType) {
	f.Func().Id("unmarshal"+msg.GoName).Params(jen.Id("b").Index().Byte()).Params(jen.Id("r").Id(msg.GoName), jen.Err().Error()).Block(
		jen.Id("d").Op(":=").New(jen.Qual(codecPath, "NewDecoder").Call(jen.Id("b"))),
		jen.Id("decode"+msg.GoName).Call(jen.Id("d"), jen.Op("&").Id("r")),
		jen.Return(jen.Id("r"), jen.Id("d").Dot("Finish").Call()),
	)
	f.Line()
}

func declareField(g *jen.Group, field *spec.Field) {
	words := field.Doc
	if t := field.Type; t.Kind == spec.Bytes && t.Max > 0 {
		if words != "" {
			words += "\n"
		}
		words += "Bytes: at most " + jen.Lit(t.Max).GoString() + "."
	}
	declaration := jen.Id(field.GoName).Add(goType(field.Type))
	if words == "" {
		g.Add(declaration)
		return
	}
	g.Add(doc(words), declaration)
}

// messageMethods emits
//
//	// Equal reports whether both messages are stored as the same bytes.
//	func (r KeyPair) Equal(other KeyPair) bool { return codec.Equal(r, other, encodeKeyPair) }
//
//	// Clone returns a copy that shares no memory with r.
//	func (r KeyPair) Clone() KeyPair { return codec.Clone(r) }
func messageMethods(f *jen.File, msg *spec.MessageType) {
	method := func(words, name string, params []jen.Code, result jen.Code, value jen.Code) {
		f.Add(doc(words).Func().Params(jen.Id("r").Id(msg.GoName)).Id(name).Params(params...).Add(result).Add(oneLine(jen.Return(value))))
		f.Line()
	}
	method("Equal reports whether both messages are stored as the same bytes.", "Equal",
		[]jen.Code{jen.Id("other").Id(msg.GoName)}, jen.Bool(),
		jen.Qual(codecPath, "Equal").Call(jen.Id("r"), jen.Id("other"), jen.Id("encode"+msg.GoName)))
	method("Clone returns a copy that shares no memory with r.", "Clone", nil, jen.Id(msg.GoName),
		jen.Qual(codecPath, "Clone").Call(jen.Id("r")))
}

// messageEncoder emits
//
//	func encodeKeyPair(e *codec.Encoder, r KeyPair) {
//		e.Bytes(1, r.Public[:])
//		e.Unknown(r.unknown)
//	}
func messageEncoder(f *jen.File, msg *spec.MessageType) {
	f.Func().Id("encode"+msg.GoName).Params(jen.Id("e").Op("*").Qual(codecPath, "Encoder"), jen.Id("r").Id(msg.GoName)).
		BlockFunc(func(g *jen.Group) {
			for _, field := range msg.Fields {
				encodeField(g, field.Number, field.Name, field.Type, jen.Id("r").Dot(field.GoName))
			}
			g.Id("e").Dot("Unknown").Call(jen.Id("r").Dot("unknown"))
		})
	f.Line()
}

// messageDecoder emits
//
//	func decodeKeyPair(d *codec.Decoder, r *KeyPair) {
//		var hasPublic bool
//		for d.Next() {
//			switch d.Number() {
//			case 1:
//				r.Public, hasPublic = [32]byte(d.BytesOf("public", 32)), true
//			default:
//				d.Unknown(&r.unknown)
//			}
//		}
//		d.Require(hasPublic, "public")
//	}
func messageDecoder(f *jen.File, msg *spec.MessageType) {
	f.Func().Id("decode"+msg.GoName).Params(jen.Id("d").Op("*").Qual(codecPath, "Decoder"), jen.Id("r").Op("*").Id(msg.GoName)).
		BlockFunc(func(g *jen.Group) {
			declareSeen(g, msg)
			g.For(jen.Id("d").Dot("Next").Call()).Block(
				jen.Switch(jen.Id("d").Dot("Number").Call()).BlockFunc(func(g *jen.Group) {
					for _, field := range msg.Fields {
						g.Case(jen.Lit(field.Number)).BlockFunc(func(g *jen.Group) { decodeField(g, field) })
					}
					g.Default().Block(jen.Id("d").Dot("Unknown").Call(jen.Op("&").Id("r").Dot("unknown")))
				}))
			for _, field := range msg.Fields {
				if field.Type.Required() {
					g.Id("d").Dot("Require").Call(seen(field), jen.Lit(field.Name))
				}
			}
		})
	f.Line()
}

// seen is the variable that reports whether a required field was read.
func seen(field *spec.Field) *jen.Statement { return jen.Id("has" + field.GoName) }

func declareSeen(g *jen.Group, msg *spec.MessageType) {
	var names []jen.Code
	for _, field := range msg.Fields {
		if field.Type.Required() {
			names = append(names, seen(field))
		}
	}
	if len(names) > 0 {
		g.Var().List(names...).Bool()
	}
}

func decodeField(g *jen.Group, field *spec.Field) {
	v := jen.Id("r").Dot(field.GoName)
	t := field.Type
	switch {
	case t.Kind == spec.Go:
		g.Id("d").Dot("Failed").Call(jen.Lit(field.Name),
			v.Dot("UnmarshalBinary").Call(jen.Id("d").Dot("Bytes").Call(jen.Lit(field.Name))))
	case t.Kind == spec.Message && t.Optional:
		g.Add(v.Clone()).Op("=").New(plainType(t))
		decodeMessage(g, field.Name, t, v)
	case t.Kind == spec.Message:
		decodeMessage(g, field.Name, t, jen.Op("&").Add(v))
		g.Add(seen(field)).Op("=").True()
	case t.Required():
		g.List(v, seen(field)).Op("=").List(decoded(field.Name, t), jen.True())
	case t.Kind == spec.Bytes && !t.Optional: // as encode leaves out what is empty
		bytes := jen.Qual(codecPath, "NilIfEmpty").Call(decodedBytes(jen.Lit(field.Name), t))
		g.Add(v).Op("=").Add(wrapBytes(t, bytes))
	case t.Optional && !nilable(t):
		g.Add(v).Op("=").New(decoded(field.Name, t))
	default:
		g.Add(v).Op("=").Add(decoded(field.Name, t))
	}
}
