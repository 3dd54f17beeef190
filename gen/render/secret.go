package render

import (
	"fmt"

	"github.com/dave/jennifer/jen"
)

// secrets emits a type for each length of a fixed-size secret.
func (r *renderer) secrets(f *jen.File, sizes []int) {
	for _, size := range sizes {
		secret(f, size)
	}
}

// secret emits Secret32, a [family.Secret] of fixed size.
func secret(f *jen.File, size int) {
	name := secretName(size)
	array := func() *jen.Statement { return jen.Index(jen.Lit(size)).Byte() }
	method := func(text, method string, params ...jen.Code) *jen.Statement {
		return doc(text).Func().Params(jen.Id("s").Id(name)).Id(method).Params(params...)
	}
	block := func(body jen.Code) *jen.Statement { return oneLine(body).Line() }

	f.Add(doc(fmt.Sprintf("%s is %d bytes that are never printed, like a [family.Secret]. The zero %s is %d zero bytes.", name, size, name, size)).
		Type().Id(name).Struct(jen.Id("secret").Qual(familyPath, "Secret")).Line())
	f.Add(doc("New"+name+" returns b as a secret.").Func().Id("New"+name).Params(jen.Id("b").Add(array())).Id(name),
		block(jen.Return(jen.Id("new"+name).Call(jen.Op("&").Id("b")))))
	f.Func().Id("new" + name).Params(jen.Id("b").Op("*").Add(array())).Id(name).
		Add(block(jen.Return(jen.Id(name).Values(jen.Qual(familyPath, "NewSecret").Call(jen.Id("b").Index(jen.Op(":")))))))
	f.Add(method("Reveal returns the bytes of the secret.", "Reveal").Add(array()),
		block(jen.Return(array().Call(jen.Id("s").Dot("slice").Call()))))
	f.Add(method("Equal compares two secrets in constant time.", "Equal", jen.Id("other").Id(name)).Bool(),
		block(jen.Return(jen.Qual("crypto/subtle", "ConstantTimeCompare").Call(
			jen.Id("s").Dot("slice").Call(), jen.Id("other").Dot("slice").Call()).Op("==").Lit(1))))
	f.Add(method("Format prints [family.Redacted], whatever the verb.", "Format",
		jen.Id("f").Qual("fmt", "State"), jen.Id("_").Rune()),
		block(jen.Qual(familyPath, "Redact").Call(jen.Id("f"))))
	f.Add(method("LogValue returns [family.Redacted].", "LogValue").Qual("log/slog", "Value"),
		block(jen.Return(jen.Qual("log/slog", "StringValue").Call(jen.Qual(familyPath, "Redacted")))))
	f.Add(method("MarshalText returns [family.Redacted].", "MarshalText").Params(jen.Index().Byte(), jen.Error()),
		block(jen.Return(jen.Index().Byte().Call(jen.Qual(familyPath, "Redacted")), jen.Nil())))
	f.Add(doc("UnmarshalText returns an error: the secret is not in the text.").
		Func().Params(jen.Op("*").Id(name)).Id("UnmarshalText").Params(jen.Index().Byte()).Error(),
		block(jen.Return(jen.Qual(familyPath, "ErrRedacted"))))
	f.Add(doc("slice returns the bytes.").
		Func().Params(jen.Id("s").Id(name)).Id("slice").Params().Index().Byte(),
		jen.Block(
			jen.If(jen.Id("b").Op(":=").Add(jen.Id("s").Dot("secret")).Dot("Reveal").Call(), jen.Id("b").Op("!=").Nil()).Block(jen.Return(jen.Id("b"))),
			jen.Return(jen.Make(jen.Index().Byte(), jen.Lit(size))),
		).Line())
}
