package render

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// template is the text of a key as people write it: {name}.{device}.
func template(segments []spec.Segment) string {
	var b strings.Builder
	for _, s := range segments {
		if s.Part != nil {
			b.WriteString("{" + s.Part.Name + "}")
		} else {
			b.WriteString(s.Literal)
		}
	}
	return b.String()
}

// key emits the key type of a family and its text form.
func (r *renderer) key(f *jen.File, fam *spec.Family) {
	r.keyType(f, fam)
	r.keyString(f, fam)
	if checked(fam.Key.Parts) {
		// func (k SessionKey) check() error { return family.CheckPart("name", k.Name, ".") }
		f.Func().Params(jen.Id("k").Id(fam.KeyType())).Id("check").Params().Error().Add(oneLine(
			jen.Return(checkParts(fam.Key.Parts, func(p *spec.Part) *jen.Statement { return keyPart(fam, p) }))))
		f.Line()
	}
	r.keyParse(f, fam)
	// func SessionLock(k SessionKey) family.Lock { return family.NewLock(&sessionRecords, k) }
	f.Add(doc(fam.LockFunc()+" is the lock of transactions about one key of "+fam.Accessor+".").
		Func().Id(fam.LockFunc()).Params(jen.Id("k").Id(fam.KeyType())).Qual(familyPath, "Lock").Add(oneLine(
		jen.Return(jen.Qual(familyPath, "NewLock").Call(jen.Op("&").Id(r.vars[fam]), jen.Id("k"))))))
	f.Line()
}

// keyType emits a struct, or a defined type if the key has one part:
//
//	// SessionKey is the key of a record of Sessions. It is stored as {name}.{device}.
//	type SessionKey struct {
//		// The user.
//		Name string
//	}
func (r *renderer) keyType(f *jen.File, fam *spec.Family) {
	k := &fam.Key
	what := fmt.Sprintf("%s is the key of a record of %s", fam.KeyType(), fam.Accessor)
	if !k.Single() {
		f.Add(doc(what + ". It is stored as " + template(k.Template) + ".").
			Type().Id(fam.KeyType()).StructFunc(func(g *jen.Group) {
			for _, p := range k.Parts {
				if p.Doc != "" {
					g.Add(doc(p.Doc).Id(p.GoName).Id(scalars[p.Kind].goName))
				} else {
					g.Id(p.GoName).Id(scalars[p.Kind].goName)
				}
			}
		}))
		f.Line()
		return
	}
	p := k.Parts[0]
	switch {
	case len(k.Template) > 1:
		what += ". It is stored as " + template(k.Template)
	case p.Ordered:
		what += ". It is stored in decimal digits with leading zeros, so that keys are in the order of numbers"
	case p.Kind == spec.String:
		what += ". It is stored as it is"
	default:
		what += ". It is stored in decimal digits"
	}
	what += "."
	if p.Doc != "" {
		what += "\n" + p.Doc
	}
	f.Add(doc(what).Type().Id(fam.KeyType()).Id(scalars[p.Kind].goName))
	f.Line()
}

// keyPart is a part of the key k: k.Name, or k with the type of the part.
func keyPart(fam *spec.Family, p *spec.Part) *jen.Statement {
	if !fam.Key.Single() {
		return jen.Id("k").Dot(p.GoName)
	}
	if p.Kind == spec.String {
		return jen.String().Call(jen.Id("k"))
	}
	return jen.Id("k")
}

// keyString emits
//
//	// String is the text of the key, which is the stored id.
//	func (k SessionKey) String() string { return k.Name + "." + family.FormatUint(k.Device) }
func (r *renderer) keyString(f *jen.File, fam *spec.Family) {
	text := joined(fam.Key.Template, func(p *spec.Part) *jen.Statement { return keyPart(fam, p) })
	f.Add(doc("String is the text of the key, which is the id of the stored record.").
		Func().Params(jen.Id("k").Id(fam.KeyType())).Id("String").Params().String().Add(oneLine(jen.Return(text))))
	f.Line()
}

// joined is the text of segments: name + "." + family.FormatUint(device).
func joined(segments []spec.Segment, part func(*spec.Part) *jen.Statement) *jen.Statement {
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
			text.Qual(familyPath, name).Call(part(s.Part))
		} else {
			text.Add(part(s.Part))
		}
	}
	return text
}

// formatter is the function that makes text of a part.
func formatter(p *spec.Part) string {
	switch {
	case p.Kind == spec.String:
		return ""
	case p.Ordered && p.Kind == spec.Uint32:
		return "FormatOrdered32"
	case p.Ordered:
		return "FormatOrdered64"
	case p.Kind == spec.Int32 || p.Kind == spec.Int64:
		return "FormatInt"
	}
	return "FormatUint"
}

// checked says whether a key with these parts can be invalid.
func checked(parts []*spec.Part) bool {
	for _, p := range parts {
		if p.Kind == spec.String {
			return true
		}
	}
	return false
}

// checkParts is the first mistake of the string parts:
// cmp.Or(family.CheckPart("group", k.Group, "::"), family.CheckPart("name", k.Name, "")).
func checkParts(parts []*spec.Part, part func(*spec.Part) *jen.Statement) *jen.Statement {
	var checks []jen.Code
	for _, p := range parts {
		if p.Kind == spec.String {
			checks = append(checks, jen.Qual(familyPath, "CheckPart").Call(jen.Lit(p.Name), part(p), jen.Lit(p.Forbidden)))
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

// keyParse emits
//
//	// ParseSessionKey reads the text of a key. The error is [store.ErrInvalid] if it is not that of one.
//	func ParseSessionKey(text string) (k SessionKey, err error) {
//		t := family.ParseText(text)
//		k.Name = t.String("name", ".")
//		t.Literal(".")
//		k.Device = t.Uint32("device")
//		return k, t.End()
//	}
func (r *renderer) keyParse(f *jen.File, fam *spec.Family) {
	f.Add(doc(fam.ParseFunc()+" reads the text of a key. If it is not that of one, the error is [store.ErrInvalid].").
		Func().Id(fam.ParseFunc()).Params(jen.Id("text").String()).
		Params(jen.Id("k").Id(fam.KeyType()), jen.Err().Error()).BlockFunc(func(g *jen.Group) {
		g.Id("t").Op(":=").Qual(familyPath, "ParseText").Call(jen.Id("text"))
		for _, s := range fam.Key.Template {
			if s.Part == nil {
				g.Id("t").Dot("Literal").Call(jen.Lit(s.Literal))
				continue
			}
			if fam.Key.Single() {
				g.Id("k").Op("=").Id(fam.KeyType()).Call(parsePart(s.Part))
			} else {
				g.Id("k").Dot(s.Part.GoName).Op("=").Add(parsePart(s.Part))
			}
		}
		g.Return(jen.Id("k"), jen.Id("t").Dot("End").Call())
	}))
	f.Line()
}

// parsePart is t.Uint32("device").
func parsePart(p *spec.Part) *jen.Statement {
	t := jen.Id("t")
	switch {
	case p.Kind == spec.String:
		return t.Dot("String").Call(jen.Lit(p.Name), jen.Lit(p.Forbidden))
	case p.Ordered && p.Kind == spec.Uint32:
		return t.Dot("Ordered32").Call(jen.Lit(p.Name))
	case p.Ordered:
		return t.Dot("Ordered64").Call(jen.Lit(p.Name))
	}
	return t.Dot(scalars[p.Kind].method).Call(jen.Lit(p.Name))
}
