package render

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// goType returns the Go type of a value, a field or an element. An optional
// type is a pointer, except bytes, which may be nil.
func goType(t *spec.Type) *jen.Statement {
	if t.Optional && !nilable(t) {
		return jen.Op("*").Add(plainType(t))
	}
	return plainType(t)
}

// nilable reports whether nil can stand for the absence of an optional type.
func nilable(t *spec.Type) bool { return t.Kind == spec.Bytes && t.Size == 0 && !t.Secret }

func plainType(t *spec.Type) *jen.Statement {
	switch t.Kind {
	case spec.Bytes:
		return bytesType(t)
	case spec.String:
		if t.Secret {
			return jen.Qual(familyPath, "SecretString")
		}
	case spec.Enum:
		return jen.Id(t.Enum.GoName)
	case spec.Message:
		return jen.Id(t.Message.GoName)
	case spec.List:
		return jen.Index().Add(plainType(t.Elem))
	case spec.Map:
		return jen.Map(jen.String()).Add(plainType(t.Elem))
	case spec.Go:
		return jen.Qual(t.Go.Import, t.Go.Name)
	}
	if s := t.Kind.Scalar(); s.Import != "" {
		return jen.Qual(s.Import, s.Go)
	}
	return jen.Id(t.Kind.Scalar().Go)
}

func bytesType(t *spec.Type) *jen.Statement {
	switch {
	case t.Secret && t.Size > 0:
		return jen.Id(secretName(t.Size))
	case t.Secret:
		return jen.Qual(familyPath, "Secret")
	case t.Size > 0:
		return jen.Index(jen.Lit(t.Size)).Byte()
	}
	return jen.Index().Byte()
}

func secretName(size int) string { return fmt.Sprintf("Secret%d", size) }

// secretSizes is the lengths of the fixed-size secrets of a schema, ascending.
func secretSizes(s *spec.Schema) (sizes []int) {
	for _, t := range s.Types() {
		if t.Secret && t.Size > 0 {
			sizes = append(sizes, t.Size)
		}
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

// enum emits the type of an enum:
//
//	// Platform lists the values of the field platform of a Device. …
//	type Platform int32
//
//	// The values of Platform.
//	const (
//		PlatformAndroid Platform = 1
//	)
//
//	// String returns the name of the value, or its number if it has no name.
//	func (v Platform) String() string {
//		switch v {
//		case PlatformAndroid:
//			return "android"
//		}
//		return strconv.Itoa(int(v))
//	}
func enum(f *jen.File, t *spec.Type, what string) {
	e := t.Base().Enum
	if e == nil {
		return
	}
	f.Add(doc(fmt.Sprintf("%s lists the values of %s. Newer code may store other numbers, which are kept.", e.GoName, what)).Type().Id(e.GoName).Int32())
	f.Line()
	f.Add(doc("The values of " + e.GoName + ".").Const().DefsFunc(func(g *jen.Group) {
		for _, v := range e.Values {
			g.Id(v.GoName).Id(e.GoName).Op("=").Lit(int(v.Number))
		}
	}))
	f.Line()
	f.Add(doc("String returns the name of the value, or its number if it has no name.").
		Func().Params(jen.Id("v").Id(e.GoName)).Id("String").Params().String().Block(
		jen.Switch(jen.Id("v")).BlockFunc(func(g *jen.Group) {
			for _, v := range e.Values {
				g.Case(jen.Id(v.GoName)).Block(jen.Return(jen.Lit(v.Name)))
			}
		}),
		jen.Return(jen.Qual("strconv", "Itoa").Call(jen.Int().Call(jen.Id("v")))),
	))
	f.Line()
}
