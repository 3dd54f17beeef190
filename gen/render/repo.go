package render

import (
	"github.com/dave/jennifer/jen"
)

// Pieces of the signatures that the handles share.

func ctxParam() jen.Code { return jen.Id("ctx").Qual("context", "Context") }

// callback is fn func(ctx context.Context, tx *Tx) error.
func callback(handle string, results ...jen.Code) *jen.Statement {
	return jen.Id("fn").Add(callbackType(handle, results...))
}

func callbackType(handle string, results ...jen.Code) *jen.Statement {
	f := jen.Func().Params(ctxParam(), jen.Id(handleName(handle)).Op("*").Id(handle))
	if len(results) == 0 {
		return f.Error()
	}
	return f.Params(append(results, jen.Error())...)
}

func handleName(handle string) string {
	if handle == "ReadTx" {
		return "r"
	}
	return "tx"
}

func labelType() *jen.Statement { return jen.Qual(familyPath, "Label") }

// repo emits the handles and what they do apart from reaching families.
func (r *renderer) repo(f *jen.File) {
	words := r.schema.Doc
	if words == "" {
		words = "Package " + r.schema.Package + " stores families of records."
	}
	packageDoc(f, words)
	f.Comment("This does not compile if the code was generated for another version of the")
	f.Comment("runtime than the one in use: generate it again.")
	f.Const().Id("_").Op("=").Qual(familyPath, "V1")
	f.Line()
	r.handles(f)
	r.opening(f)
	r.repoVerbs(f)
	r.sharedVerbs(f)
	r.values(f)
}

// handles emits the types Repo, Tx and ReadTx.
func (r *renderer) handles(f *jen.File) {
	f.Add(doc("Repo reaches the families of a store's namespace. It is safe for concurrent use.").
		Type().Id("Repo").Struct(jen.Id("families"), jen.Id("store").Op("*").Qual(storePath, "Store")))
	f.Line()
	f.Add(doc("Tx is the handle that the callback of a transaction gets. It reads what the transaction wrote. Nobody else reads that before the commit.").
		Type().Id("Tx").Struct(jen.Id("families"), jen.Id("tx").Op("*").Qual(storePath, "Tx")))
	f.Line()
	f.Add(doc("ReadTx reaches the families for reading only.").
		Type().Id("ReadTx").Struct(jen.Id("handle").Qual(storePath, "Handle")))
	f.Line()
	f.Add(doc("families has the methods that Repo and Tx share.").
		Type().Id("families").Struct(jen.Id("handle").Qual(storePath, "Handle")))
	f.Line()
}

// opening emits Open, New and NewTx.
func (r *renderer) opening(f *jen.File) {
	f.Add(doc("Open returns the repository of a store's namespace. First it compares "+
		"[Schema] with the schema that the namespace was written with.\n\n"+
		"The error is [store.ErrSchema] if one cannot read what the other wrote.").
		Func().Id("Open").Params(ctxParam(), jen.Id("s").Op("*").Qual(storePath, "Store")).
		Params(jen.Op("*").Id("Repo"), jen.Error()).Block(
		jen.If(jen.Err().Op(":=").Qual(familyPath, "Open").Call(jen.Id("ctx"), jen.Id("s"), jen.Lit(r.schema.Package), jen.Id("Schema")), jen.Err().Op("!=").Nil()).
			Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Id("New").Call(jen.Id("s")), jen.Nil())))
	f.Line()
	f.Add(doc("New is [Open] without the comparison.").
		Func().Id("New").Params(jen.Id("s").Op("*").Qual(storePath, "Store")).Op("*").Id("Repo").Block(
		jen.Return(jen.Op("&").Id("Repo").Values(jen.Id("families").Values(jen.Id("s")), jen.Id("s")))))
	f.Line()
	f.Add(doc("NewTx reaches the families inside a transaction that was begun by the repository of another package, or by the store itself.").
		Func().Id("NewTx").Params(jen.Id("tx").Op("*").Qual(storePath, "Tx")).Op("*").Id("Tx").Block(
		jen.Return(jen.Op("&").Id("Tx").Values(jen.Id("families").Values(jen.Id("tx")), jen.Id("tx")))))
	f.Line()
	f.Func().Id("newReadTx").Params(jen.Id("tx").Op("*").Qual(storePath, "Tx")).Op("*").Id("ReadTx").Add(oneLine(
		jen.Return(jen.Op("&").Id("ReadTx").Values(jen.Id("tx")))))
	f.Line()
}

// repoVerbs emits what only one of the handles has.
func (r *renderer) repoVerbs(f *jen.File) {
	f.Add(doc("Store returns the underlying store.").
		Func().Params(jen.Id("r").Op("*").Id("Repo")).Id("Store").Params().Op("*").Qual(storePath, "Store").Add(oneLine(
		jen.Return(jen.Id("r").Dot("store")))))
	f.Line()
	f.Add(doc("View runs fn with a handle that reads one consistent state and cannot write. "+
		"fn may run more than once: see [store.Store.View].").
		Func().Params(jen.Id("r").Op("*").Id("Repo")).Id("View").Params(ctxParam(), callback("ReadTx")).Error().Block(
		jen.Return(jen.Qual(familyPath, "View").Call(jen.Id("ctx"), jen.Id("r").Dot("store"), jen.Id("newReadTx"), jen.Id("fn")))))
	f.Line()
	f.Add(doc("Tx returns the underlying transaction, for the verbs of the store and for NewTx of other packages.").
		Func().Params(jen.Id("tx").Op("*").Id("Tx")).Id("Tx").Params().Op("*").Qual(storePath, "Tx").Add(oneLine(
		jen.Return(jen.Id("tx").Dot("tx")))))
	f.Line()
}

// sharedVerbs emits what Repo and Tx have in common.
func (r *renderer) sharedVerbs(f *jen.File) {
	method := func(text, name string) *jen.Statement {
		return doc(text).Func().Params(jen.Id("f").Id("families")).Id(name)
	}
	f.Add(method("Transaction runs fn and commits what it wrote as one, if fn returns nil. fn may "+
		"run more than once. The label orders transactions and saves reruns; "+
		"correctness does not depend on it, and it may be nil. See "+
		"[store.Store.Transaction] and, for a Tx, [store.Tx.Transaction].", "Transaction").
		Params(ctxParam(), jen.Id("label").Add(labelType()), callback("Tx")).Error().Block(
		jen.Return(jen.Qual(familyPath, "Transaction").Call(
			jen.Id("ctx"), jen.Id("f").Dot("handle"), jen.Id("NewTx"), jen.Id("fn"), jen.Id("label")))))
	f.Line()
	f.Add(method("TransactionWith is Transaction with several labels, or with limits of its own.", "TransactionWith").
		Params(ctxParam(), jen.Id("o").Qual(familyPath, "TxOptions"), callback("Tx")).Error().Block(
		jen.Return(jen.Qual(familyPath, "TransactionWith").Call(
			jen.Id("ctx"), jen.Id("f").Dot("handle"), jen.Id("NewTx"), jen.Id("fn"), jen.Id("o")))))
	f.Line()
	f.Add(method("Apply commits a batch: all of its writes or, on an error, none. See [family.Batch.Apply].", "Apply").
		Params(ctxParam(), jen.Id("b").Op("*").Id("Batch")).Error().Block(
		jen.Return(jen.Id("b").Dot("all").Call().Dot("Apply").Call(jen.Id("ctx"), jen.Id("f").Dot("handle")))))
	f.Line()
	read := func(receiver, handle jen.Code) {
		f.Add(doc("Read answers reads of several families in one call. See [family.Reads.Read].").
			Func().Params(receiver).Id("Read").Params(ctxParam(), jen.Id("reads").Op("*").Id("Reads")).Error().Block(
			jen.Return(jen.Id("reads").Dot("all").Call().Dot("Read").Call(jen.Id("ctx"), handle))))
		f.Line()
	}
	read(jen.Id("f").Id("families"), jen.Id("f").Dot("handle"))
	read(jen.Id("r").Op("*").Id("ReadTx"), jen.Id("r").Dot("handle"))
	f.Add(method("InTransaction reports whether ctx is that of a callback of the same store and namespace: see [store.Store.InTransaction].", "InTransaction").
		Params(ctxParam()).Bool().Add(oneLine(jen.Return(jen.Id("f").Dot("handle").Dot("InTransaction").Call(jen.Id("ctx"))))))
	f.Line()
	f.Add(method("ReadOnly returns the same handle without the verbs that write.", "ReadOnly").
		Params().Op("*").Id("ReadTx").Add(oneLine(jen.Return(jen.Op("&").Id("ReadTx").Values(jen.Id("f").Dot("handle"))))))
	f.Line()
}

// values emits the functions that return what their callback returns.
func (r *renderer) values(f *jen.File) {
	result := jen.Id("T")
	value := func(text, name, handle string, params []jen.Code, run jen.Code) {
		all := append(append([]jen.Code{ctxParam()}, params...), callback(handle, result))
		f.Add(doc(text).Func().Id(name).Types(jen.Id("T").Any()).Params(all...).Params(result, jen.Error()).Block(
			jen.Return(jen.Qual(familyPath, "Value").Call(
				jen.Func().Params(callback(handle)).Error().Block(jen.Return(run)), jen.Id("fn")))))
		f.Line()
	}
	families := jen.Id("f").Id("Families")
	value("TransactionValue is Transaction with a callback that returns a value. After an error the value is zero.", "TransactionValue", "Tx",
		[]jen.Code{families, jen.Id("label").Add(labelType())},
		jen.Id("f").Dot("Transaction").Call(jen.Id("ctx"), jen.Id("label"), jen.Id("fn")))
	value("ViewValue is [Repo.View] with a callback that returns a value.", "ViewValue", "ReadTx",
		[]jen.Code{jen.Id("r").Op("*").Id("Repo")},
		jen.Id("r").Dot("View").Call(jen.Id("ctx"), jen.Id("fn")))
}
