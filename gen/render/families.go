package render

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/spec"
)

// families emits the interfaces that list all families, and Walk.
func (r *renderer) families(f *jen.File) {
	f.Add(doc("Families has the methods that a [*Repo] and a [*Tx] share. A function that takes it works inside a transaction and outside. A function that only reads takes a [*ReadTx], which ReadOnly returns.").
		Type().Id("Families").InterfaceFunc(func(g *jen.Group) {
		g.Id("Transaction").Params(ctxParam(), jen.Id("label").Add(labelType()), callback("Tx")).Error()
		g.Id("TransactionWith").Params(ctxParam(), jen.Id("o").Qual(familyPath, "TxOptions"), callback("Tx")).Error()
		g.Id("Apply").Params(ctxParam(), jen.Id("b").Op("*").Id("Batch")).Error()
		g.Id("Read").Params(ctxParam(), jen.Id("reads").Op("*").Id("Reads")).Error()
		g.Id("InTransaction").Params(ctxParam()).Bool()
		g.Id("ReadOnly").Params().Op("*").Id("ReadTx")
		g.Line()
		for _, fam := range r.schema.Families {
			g.Id(fam.Accessor).Params().Id(fam.GoName + "Repo")
		}
	}))
	f.Line()
	f.Var().Defs(
		jen.Id("_").Id("Families").Op("=").Parens(jen.Op("*").Id("Repo")).Call(jen.Nil()),
		jen.Id("_").Id("Families").Op("=").Parens(jen.Op("*").Id("Tx")).Call(jen.Nil()),
	)
	f.Line()
	f.Add(doc("Exhaustive has a method for each family. Code that must handle every family implements it. Such code stops compiling when a family is added.").
		Type().Id("Exhaustive").InterfaceFunc(func(g *jen.Group) {
		for _, fam := range r.schema.Families {
			g.Id(fam.Accessor).Params(ctxParam(), jen.Id("r").Id(fam.GoName+"Reader")).Error()
		}
	}))
	f.Line()
	r.walk(f)
}

// walk emits
//
//	// Walk calls the method of e for each family, in the order of the schema.
//	func Walk(ctx context.Context, r *ReadTx, e Exhaustive) error {
//		if err := e.Sessions(ctx, r.Sessions()); err != nil {
//			return err
//		}
//		return e.IdentityKeys(ctx, r.IdentityKeys())
//	}
func (r *renderer) walk(f *jen.File) {
	call := func(fam *spec.Family) *jen.Statement {
		return jen.Id("e").Dot(fam.Accessor).Call(jen.Id("ctx"), jen.Id("r").Dot(fam.Accessor).Call())
	}
	all := r.schema.Families
	f.Add(doc("Walk calls the method of e for each family, in the order of the schema, until one returns an error.").
		Func().Id("Walk").Params(ctxParam(), jen.Id("r").Op("*").Id("ReadTx"), jen.Id("e").Id("Exhaustive")).Error().
		BlockFunc(func(g *jen.Group) {
			for _, fam := range all[:len(all)-1] {
				g.If(jen.Err().Op(":=").Add(call(fam)), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
			}
			g.Return(call(all[len(all)-1]))
		}))
	f.Line()
}

// batch emits the types Batch and Reads.
func (r *renderer) batch(f *jen.File) {
	collector(f, "Batch", "writes", "Batch collects writes to any families. Apply commits them as one. The methods of a Batch return no errors: a write that cannot be stored is an error of Apply. The zero Batch is empty. A Batch is not safe for concurrent use.")
	collector(f, "Reads", "reads", "Reads collects reads of any families. Read answers them in one call of the backend. The methods of a Reads return no errors: an id that cannot be stored is an error of Read. The zero Reads is empty. A Reads is not safe for concurrent use.")
}

// collector emits a type of which the accessors are in the files of the families:
//
//	type Batch struct {
//		writes family.Batch
//	}
//
//	// Format prints the count of the writes, whatever the verb.
//	func (b Batch) Format(f fmt.State, verb rune) { b.writes.Format(f, verb) }
//
//	func (b *Batch) all() *family.Batch {
//		if b == nil {
//			return nil
//		}
//		return &b.writes
//	}
func collector(f *jen.File, name, content, words string) {
	self := strings.ToLower(name[:1])
	f.Add(doc(words).Type().Id(name).Struct(jen.Id(content).Qual(familyPath, name)))
	f.Line()
	f.Add(doc("Format prints the count of the "+content+", whatever the verb.").
		Func().Params(jen.Id(self).Id(name)).Id("Format").Params(jen.Id("f").Qual("fmt", "State"), jen.Id("verb").Rune()).Add(oneLine(
		jen.Id(self).Dot(content).Dot("Format").Call(jen.Id("f"), jen.Id("verb")))))
	f.Line()
	f.Add(doc("all returns the "+content+", or nil for a nil "+name+".").
		Func().Params(jen.Id(self).Op("*").Id(name)).Id("all").Params().Op("*").Qual(familyPath, name).Block(
		jen.If(jen.Id(self).Op("==").Nil()).Block(jen.Return(jen.Nil())),
		jen.Return(jen.Op("&").Id(self).Dot(content))))
	f.Line()
}
