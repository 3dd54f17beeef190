package render

import (
	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/facts"
)

// schemaFile emits
//
//	// Schema lists the facts that stored bytes depend on …
//	const Schema = `keyfam schema 2
//	family session bytes {string}.{uint32}
//	`
func (r *renderer) schemaFile(f *jen.File) {
	f.Add(doc("Schema lists the facts that stored bytes depend on and those that tools need, one a line. [Open] compares them with the facts in the store, and stores them.").
		Const().Id("Schema").Op("=").Add(raw(facts.Of(r.schema).Text())))
	f.Line()
}
