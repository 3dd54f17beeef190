package render

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// family emits the file of one family.
func (r *renderer) family(f *jen.File, fam *spec.Family) {
	r.definition(f, fam)
	r.id(f, fam)
	r.repositories(f, fam)
	r.accessors(f, fam)
	for _, s := range fam.Scans {
		r.scan(f, fam, s)
	}
	if fam.Inverse != nil {
		r.byValue(f, fam)
	}
	enum(f, fam.Value, "the value of "+fam.Accessor)
	r.valueCodec(f, fam)
}

// definition emits
//
//	// SessionFamily is the name of the family in the store.
//	const SessionFamily = "session"
//
//	var sessionRecords = family.Family[SessionID, family.Secret]{
//		Name:     SessionFamily,
//		CheckID: SessionID.check,
//		…
//	}
func (r *renderer) definition(f *jen.File, fam *spec.Family) {
	name := fam.GoName + "Family"
	f.Add(doc(name + " is the name of the family in the store.").Const().Id(name).Op("=").Lit(fam.Name))
	f.Line()
	encode, decode := valueFuncs(fam)
	f.Var().Id(r.vars[fam]).Op("=").Qual(familyPath, "Family").Add(arguments(fam)).BlockFunc(func(g *jen.Group) {
		set := func(field string, v jen.Code) { g.Id(field).Op(":").Add(v).Op(",") }
		set("Name", jen.Id(name))
		if checked(fam.ID.Parts) {
			set("CheckID", jen.Id(fam.IDType()).Dot("check"))
		}
		set("ParseID", jen.Id(fam.ParseFunc()))
		set("Encode", encode)
		set("Decode", decode)
		if fam.Inverse != nil {
			set("Inverse", jen.Lit(fam.Inverse.Suffix))
		}
	})
	f.Line()
}

// arguments is the types that the generics of package family are made with:
// [SessionID, family.Secret].
func arguments(fam *spec.Family) *jen.Statement {
	return jen.Index(jen.List(jen.Id(fam.IDType()), goType(fam.Value)))
}

// repositories emits the types that accessors return:
//
//	// SessionReader reads Sessions.
//	type SessionReader struct {
//		family.Reader[SessionID, family.Secret]
//	}
//
//	// SessionRepo reads and writes Sessions.
//	type SessionRepo struct {
//		SessionReader
//		family.Writer[SessionID, family.Secret]
//	}
//
//	// SessionBatch adds writes to Sessions to a Batch.
//	type SessionBatch = family.Adder[SessionID, family.Secret]
//
//	// SessionEntry is one record of Sessions with its id.
//	type SessionEntry = family.Entry[SessionID, family.Secret]
func (r *renderer) repositories(f *jen.File, fam *spec.Family) {
	generic := func(name string) *jen.Statement { return jen.Qual(familyPath, name).Add(arguments(fam)) }
	f.Add(doc(fam.GoName + "Reader reads " + fam.Accessor + ".").
		Type().Id(fam.GoName + "Reader").Struct(generic("Reader")))
	f.Line()
	f.Add(doc(fam.GoName+"Repo reads and writes "+fam.Accessor+".").
		Type().Id(fam.GoName+"Repo").Struct(jen.Id(fam.GoName+"Reader"), generic("Writer")))
	f.Line()
	f.Add(doc(fam.GoName + "Batch adds writes to " + fam.Accessor + " to a [Batch].").
		Type().Id(fam.GoName + "Batch").Op("=").Add(generic("Adder")))
	f.Line()
	f.Add(doc(fam.GoName + "Entry is one record of " + fam.Accessor + " with its id.").
		Type().Id(fam.GoName + "Entry").Op("=").Add(generic("Entry")))
	f.Line()
}

// accessors emits
//
//	// Sessions reads and writes the family session:
//	// Double Ratchet session records.
//	func (f families) Sessions() SessionRepo {
//		return SessionRepo{SessionReader{family.Read(f.handle, &sessionRecords)}, family.Write(f.handle, &sessionRecords)}
//	}
//
// and the like for ReadTx and Batch.
func (r *renderer) accessors(f *jen.File, fam *spec.Family) {
	self := jen.Op("&").Id(r.vars[fam])
	reader := func(recv string) *jen.Statement {
		return jen.Id(fam.GoName + "Reader").Values(
			jen.Qual(familyPath, "Read").Call(jen.Id(recv).Dot("handle"), self))
	}
	f.Add(doc(lines(fmt.Sprintf("%s reads and writes the family %s:", fam.Accessor, fam.Name), fam.Doc)).
		Func().Params(jen.Id("f").Id("families")).Id(fam.Accessor).Params().Id(fam.GoName + "Repo").Block(
		jen.Return(jen.Id(fam.GoName+"Repo").Values(reader("f"),
			jen.Qual(familyPath, "Write").Call(jen.Id("f").Dot("handle"), self)))))
	f.Line()
	f.Add(doc(fam.Accessor + " reads the family " + fam.Name + ".").
		Func().Params(jen.Id("r").Op("*").Id("ReadTx")).Id(fam.Accessor).Params().Id(fam.GoName + "Reader").Block(
		jen.Return(reader("r"))))
	f.Line()
	f.Add(doc(fam.Accessor + " adds writes to the family " + fam.Name + ".").
		Func().Params(jen.Id("b").Op("*").Id("Batch")).Id(fam.Accessor).Params().Id(fam.GoName + "Batch").Add(oneLine(
		jen.Return(jen.Qual(familyPath, "AddTo").Call(jen.Op("&").Id("b").Dot("writes"), self)))))
	f.Line()
}

// taken are the names that a scan's body uses beside predeclared ones. A
// parameter that had one would hide it.
var taken = []string{"cmp", "codec", "context", "ctx", "family", "iter", "r"}

// paramNames names the parameters of a scan: each as its part, unless the
// body needs that name or another part has it, as id_1 and id1 would.
func paramNames(parts []*spec.Part) map[*spec.Part]string {
	names, used := map[*spec.Part]string{}, map[string]bool{}
	for _, p := range parts {
		name := p.Param
		for used[name] || slices.Contains(taken, name) || types.Universe.Lookup(name) != nil {
			name += "Part"
		}
		names[p], used[name] = name, true
	}
	return names
}

// scan emits
//
//	// OfName yields the records whose ids begin with {name}., as [family.Reader.All] does.
//	func (r SessionReader) OfName(ctx context.Context, name string) iter.Seq2[SessionEntry, error] {
//		return family.Scan(ctx, r.Reader, name+".", codec.CheckPart("name", name, "."))
//	}
func (r *renderer) scan(f *jen.File, fam *spec.Family, s spec.Scan) {
	names := paramNames(s.Parts)
	part := func(p *spec.Part) *jen.Statement { return jen.Id(names[p]) }
	params := []jen.Code{jen.Id("ctx").Qual("context", "Context")}
	for _, p := range s.Parts {
		params = append(params, part(p).Id(p.Kind.Scalar().Go))
	}
	f.Add(doc(s.GoName+" yields the records whose ids begin with "+s.Prefix.String()+", as [family.Reader.All] does.").
		Func().Params(jen.Id("r").Id(fam.GoName+"Reader")).Id(s.GoName).Params(params...).
		Qual("iter", "Seq2").Index(jen.List(jen.Id(fam.GoName+"Entry"), jen.Error())).Block(
		jen.Return(jen.Qual(familyPath, "Scan").Call(jen.Id("ctx"), jen.Id("r").Dot("Reader"),
			joined(s.Prefix, part), checkParts(s.Parts, part)))))
	f.Line()
}

// byValue emits
//
//	// ByValue returns the id of the record whose value is v …
//	func (r LIDMappingReader) ByValue(ctx context.Context, v string) (LIDMappingID, bool, error) {
//		return family.ByValue(ctx, r.Reader, v)
//	}
func (r *renderer) byValue(f *jen.File, fam *spec.Family) {
	f.Add(doc("ByValue returns the id of the record whose value is v and reports whether there is one. If several records have the value, the id is that of the last one that was put.").
		Func().Params(jen.Id("r").Id(fam.GoName+"Reader")).Id("ByValue").
		Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("v").Add(goType(fam.Value))).
		Params(jen.Id(fam.IDType()), jen.Bool(), jen.Error()).Block(
		jen.Return(jen.Qual(familyPath, "ByValue").Call(jen.Id("ctx"), jen.Id("r").Dot("Reader"), jen.Id("v")))))
	f.Line()
}
