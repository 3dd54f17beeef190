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
//	type SessionReader struct{ family.Reader[SessionID, family.Secret] }
//
//	// SessionRepo reads and writes Sessions.
//	type SessionRepo struct{ family.Writer[SessionID, family.Secret] }
//
//	// SessionBatch adds writes to Sessions to a Batch.
//	type SessionBatch = family.Adder[SessionID, family.Secret]
//
//	// SessionEntry is one record of Sessions with its id.
//	type SessionEntry = family.Entry[SessionID, family.Secret]
//
// The first two are aliases too if the family has no methods of its own.
func (r *renderer) repositories(f *jen.File, fam *spec.Family) {
	declare := func(suffix, does, generic string, own bool) {
		of := jen.Qual(familyPath, generic).Add(arguments(fam))
		if own {
			of = jen.Id("struct").Add(oneLine(of))
		} else {
			of = jen.Op("=").Add(of)
		}
		name := fam.GoName + suffix
		f.Add(doc(name + " " + does + ".").Type().Id(name).Add(of))
		f.Line()
	}
	declare("Reader", "reads "+fam.Accessor, "Reader", ownMethods(fam))
	declare("Repo", "reads and writes "+fam.Accessor, "Writer", ownMethods(fam))
	declare("Batch", "adds writes to "+fam.Accessor+" to a [Batch]", "Adder", false)
	declare("Entry", "is one record of "+fam.Accessor+" with its id", "Entry", false)
}

// ownMethods reports whether the accessors of a family have methods of its own.
func ownMethods(fam *spec.Family) bool { return len(fam.Scans) > 0 || fam.Inverse != nil }

// accessors emits
//
//	// Sessions reads and writes the family session:
//	// Double Ratchet session records.
//	func (f families) Sessions() SessionRepo { return SessionRepo{family.Write(f.handle, &sessionRecords)} }
//
// and the like for ReadTx, Batch and Reads.
func (r *renderer) accessors(f *jen.File, fam *spec.Family) {
	accessor := func(words string, receiver, result, value jen.Code) {
		f.Add(doc(words).Func().Params(receiver).Id(fam.Accessor).Params().Add(result).Add(oneLine(jen.Return(value))))
		f.Line()
	}
	call := func(name string, from jen.Code) *jen.Statement {
		return jen.Qual(familyPath, name).Call(from, jen.Op("&").Id(r.vars[fam]))
	}
	wrapped := func(name string, value *jen.Statement) *jen.Statement {
		if ownMethods(fam) {
			return jen.Id(name).Values(value)
		}
		return value
	}
	repo, reader := fam.GoName+"Repo", fam.GoName+"Reader"
	accessor(lines(fmt.Sprintf("%s reads and writes the family %s:", fam.Accessor, fam.Name), fam.Doc),
		jen.Id("f").Id("families"), jen.Id(repo), wrapped(repo, call("Write", jen.Id("f").Dot("handle"))))
	accessor(fam.Accessor+" reads the family "+fam.Name+".",
		jen.Id("r").Op("*").Id("ReadTx"), jen.Id(reader), wrapped(reader, call("Read", jen.Id("r").Dot("handle"))))
	accessor(fam.Accessor+" adds writes to the family "+fam.Name+".",
		jen.Id("b").Op("*").Id("Batch"), jen.Id(fam.GoName+"Batch"), call("AddTo", jen.Op("&").Id("b").Dot("writes")))
	accessor(fam.Accessor+" adds reads of the family "+fam.Name+".",
		jen.Id("r").Op("*").Id("Reads"), jen.Qual(familyPath, "Asker").Add(arguments(fam)), call("AskIn", jen.Op("&").Id("r").Dot("reads")))
}

// taken are the names that a scan's body uses beside predeclared ones. A
// parameter that had one would hide it.
var taken = []string{"cmp", "codec", "family", "r"}

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
//	// OfName selects the records whose ids are {name}.…
//	func (r SessionReader) OfName(name string) family.Selection[SessionID, family.Secret] {
//		return family.Of(r.Reader, name+".", codec.CheckPart("name", name, "."))
//	}
//
//	// OfName selects the records whose ids are {name}.…
//	func (r SessionRepo) OfName(name string) family.Editable[SessionID, family.Secret] {
//		return family.Edit(r.Writer, SessionReader{r.Reader}.OfName(name))
//	}
func (r *renderer) scan(f *jen.File, fam *spec.Family, s spec.Scan) {
	names := paramNames(s.Parts)
	part := func(p *spec.Part) *jen.Statement { return jen.Id(names[p]) }
	var params, args []jen.Code
	for _, p := range s.Parts {
		params = append(params, part(p).Id(p.Kind.Scalar().Go))
		args = append(args, part(p))
	}
	method := func(receiver, selection string, value jen.Code) {
		f.Add(doc(s.GoName+" selects the records whose ids are "+s.Prefix.String()+"…").
			Func().Params(jen.Id("r").Id(receiver)).Id(s.GoName).Params(params...).
			Qual(familyPath, selection).Add(arguments(fam)).Block(jen.Return(value)))
		f.Line()
	}
	reader := fam.GoName + "Reader"
	method(reader, "Selection", jen.Qual(familyPath, "Of").Call(
		jen.Id("r").Dot("Reader"), joined(s.Prefix, part), checkParts(s.Parts, part)))
	method(fam.GoName+"Repo", "Editable", jen.Qual(familyPath, "Edit").Call(
		jen.Id("r").Dot("Writer"), jen.Id(reader).Values(jen.Id("r").Dot("Reader")).Dot(s.GoName).Call(args...)))
}

// byValue emits
//
//	// ByValue returns the id of the record whose value is v …
//	func (r LIDMappingReader) ByValue(ctx context.Context, v string) (LIDMappingID, bool, error) {
//		return family.ByValue(ctx, r.Reader, v)
//	}
//
// and the same for LIDMappingRepo.
func (r *renderer) byValue(f *jen.File, fam *spec.Family) {
	for _, receiver := range []string{"Reader", "Repo"} {
		f.Add(doc("ByValue returns the id of the record whose value is v and reports whether there is one. If several records have the value, the id is that of the last one that was put.").
			Func().Params(jen.Id("r").Id(fam.GoName+receiver)).Id("ByValue").
			Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("v").Add(goType(fam.Value))).
			Params(jen.Id(fam.IDType()), jen.Bool(), jen.Error()).Block(
			jen.Return(jen.Qual(familyPath, "ByValue").Call(jen.Id("ctx"), jen.Id("r").Dot("Reader"), jen.Id("v")))))
		f.Line()
	}
}
