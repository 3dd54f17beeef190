package render

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// id emits the id type of a family and its text form.
func (r *renderer) id(f *jen.File, fam *spec.Family) {
	r.idType(f, fam)
	r.idString(f, fam)
	if checked(fam.ID.Parts) {
		// func (id SessionID) check() error { … }
		f.Func().Params(jen.Id("id").Id(fam.IDType())).Id("check").Params().Error().Add(oneLine(
			jen.Return(checkParts(fam.ID.Parts, func(p *spec.Part) *jen.Statement { return idPart(fam, p) }))))
		f.Line()
	}
	r.idParse(f, fam)
	r.idText(f, fam)
	// func SessionLabel(id SessionID) family.Label { … }
	f.Add(doc(fam.LabelFunc()+" returns the label that orders transactions on a record.").
		Func().Id(fam.LabelFunc()).Params(jen.Id("id").Id(fam.IDType())).Qual(familyPath, "Label").Add(oneLine(
		jen.Return(jen.Qual(familyPath, "NewLabel").Call(jen.Op("&").Id(r.vars[fam]), jen.Id("id"))))))
	f.Line()
}

// idType emits a struct, or a defined type if the id has one part:
//
//	// SessionID is an id of Sessions. It is stored as {name}.{device}.
//	type SessionID struct {
//		// The user.
//		Name string
//	}
func (r *renderer) idType(f *jen.File, fam *spec.Family) {
	id := &fam.ID
	what := fmt.Sprintf("%s is an id of %s", fam.IDType(), fam.Accessor)
	if !id.Single() {
		f.Add(doc(what + ". It is stored as " + id.String() + ".").
			Type().Id(fam.IDType()).StructFunc(func(g *jen.Group) {
			for _, p := range id.Parts {
				if p.Doc != "" {
					g.Add(doc(p.Doc).Id(p.GoName).Id(p.Kind.Scalar().Go))
				} else {
					g.Id(p.GoName).Id(p.Kind.Scalar().Go)
				}
			}
		}))
		f.Line()
		return
	}
	p := id.Parts[0]
	switch {
	case len(id.Template) > 1:
		what += ". It is stored as " + id.String()
	case p.Ordered:
		what += ". It is stored in decimal digits with leading zeros, so that ids are in the order of numbers"
	case isText(p):
		what += ". It is stored as it is"
	default:
		what += ". It is stored in decimal digits"
	}
	what += "."
	if p.Doc != "" {
		what += "\n" + p.Doc
	}
	f.Add(doc(what).Type().Id(fam.IDType()).Id(p.Kind.Scalar().Go))
	f.Line()
}

// idPart is a part of the id: id.Name, or id with the type of the part.
func idPart(fam *spec.Family, p *spec.Part) *jen.Statement {
	if !fam.ID.Single() {
		return jen.Id("id").Dot(p.GoName)
	}
	if isText(p) {
		return jen.Id(p.Kind.Scalar().Go).Call(jen.Id("id"))
	}
	return jen.Id("id")
}

// idString emits
//
//	// String returns the text under which the record is stored.
//	func (id SessionID) String() string { return id.Name + "." + codec.FormatUint(id.Device) }
func (r *renderer) idString(f *jen.File, fam *spec.Family) {
	text := joined(fam.ID.Template, func(p *spec.Part) *jen.Statement { return idPart(fam, p) })
	f.Add(doc("String returns the text under which the record is stored.").
		Func().Params(jen.Id("id").Id(fam.IDType())).Id("String").Params().String().Add(oneLine(jen.Return(text))))
	f.Line()
}

// joined is the text of segments: name + "." + codec.FormatUint(device).
func joined(segments spec.Template, part func(*spec.Part) *jen.Statement) *jen.Statement {
	text := jen.Null()
	for i, s := range segments {
		if i > 0 {
			text.Op("+")
		}
		if s.Part == nil {
			text.Lit(s.Literal)
			continue
		}
		if name := formatter(s.Part); name != "" {
			text.Qual(codecPath, name).Call(part(s.Part))
		} else {
			text.Add(part(s.Part))
		}
	}
	return text
}

// formatter is the function that makes text of a part; empty for text.
func formatter(p *spec.Part) string {
	if p.Ordered {
		return p.Form().Ordered.Format
	}
	return p.Form().Format
}

// checked reports whether an id with these parts can be invalid.
func checked(parts []*spec.Part) bool {
	return slices.ContainsFunc(parts, isText)
}

func isText(p *spec.Part) bool { return !p.Form().Number }

// checkParts is the first mistake of the string parts:
//
//	cmp.Or(codec.CheckPart("group", id.Group, "::"), codec.CheckPart("name", id.Name, ""))
func checkParts(parts []*spec.Part, part func(*spec.Part) *jen.Statement) *jen.Statement {
	var checks []jen.Code
	for _, p := range parts {
		if isText(p) {
			checks = append(checks, jen.Qual(codecPath, "CheckPart").Call(jen.Lit(p.Name), part(p), jen.Lit(p.Forbidden)))
		}
	}
	switch len(checks) {
	case 0:
		return jen.Nil()
	case 1:
		return jen.Add(checks[0])
	}
	return jen.Qual("cmp", "Or").Call(checks...)
}

// idParse emits
//
//	// ParseSessionID reads the text of an id. Other text is [store.ErrInvalid].
//	func ParseSessionID(text string) (id SessionID, err error) {
//		t := codec.ParseText(text)
//		id.Name = t.String("name", ".")
//		t.Literal(".")
//		id.Device = t.Uint32("device")
//		return id, t.End()
//	}
func (r *renderer) idParse(f *jen.File, fam *spec.Family) {
	f.Add(doc(fam.ParseFunc()+" reads the text of an id. Other text is [store.ErrInvalid].").
		Func().Id(fam.ParseFunc()).Params(jen.Id("text").String()).
		Params(jen.Id("id").Id(fam.IDType()), jen.Err().Error()).BlockFunc(func(g *jen.Group) {
		g.Id("t").Op(":=").Qual(codecPath, "ParseText").Call(jen.Id("text"))
		for _, s := range fam.ID.Template {
			if s.Part == nil {
				g.Id("t").Dot("Literal").Call(jen.Lit(s.Literal))
				continue
			}
			if fam.ID.Single() {
				g.Id("id").Op("=").Id(fam.IDType()).Call(parsePart(s.Part))
			} else {
				g.Id("id").Dot(s.Part.GoName).Op("=").Add(parsePart(s.Part))
			}
		}
		g.Return(jen.Id("id"), jen.Id("t").Dot("End").Call())
	}))
	f.Line()
}

// idText emits
//
//	// MarshalText returns the text of the id, for JSON and its like.
//	func (id SessionID) MarshalText() ([]byte, error) { return family.TextOf(&sessionRecords, id) }
//
//	// UnmarshalText is [ParseSessionID].
//	func (id *SessionID) UnmarshalText(b []byte) error { return family.ReadID(&sessionRecords, id, b) }
func (r *renderer) idText(f *jen.File, fam *spec.Family) {
	self := func() jen.Code { return jen.Op("&").Id(r.vars[fam]) }
	f.Add(doc("MarshalText returns the text of the id, for JSON and its like.").
		Func().Params(jen.Id("id").Id(fam.IDType())).Id("MarshalText").Params().Params(jen.Index().Byte(), jen.Error()).Add(oneLine(
		jen.Return(jen.Qual(familyPath, "TextOf").Call(self(), jen.Id("id"))))))
	f.Line()
	f.Add(doc("UnmarshalText is [" + fam.ParseFunc() + "].").
		Func().Params(jen.Id("id").Op("*").Id(fam.IDType())).Id("UnmarshalText").Params(jen.Id("b").Index().Byte()).Error().Add(oneLine(
		jen.Return(jen.Qual(familyPath, "ReadID").Call(self(), jen.Id("id"), jen.Id("b"))))))
	f.Line()
}

// parsePart is t.Uint32("device").
func parsePart(p *spec.Part) *jen.Statement {
	method := p.Kind.Scalar().Method
	switch {
	case isText(p):
		return jen.Id("t").Dot(method).Call(jen.Lit(p.Name), jen.Lit(p.Forbidden))
	case p.Ordered:
		method = p.Form().Ordered.Method
	}
	return jen.Id("t").Dot(method).Call(jen.Lit(p.Name))
}
