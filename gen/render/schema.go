package render

import (
	"github.com/dave/jennifer/jen"

	"github.com/keyfam/keyfam/gen/facts"
)

// schemaFile emits
//
//	// Schema is what stored bytes depend on.
//	const Schema = `keyfam schema 2
//	family session bytes {string}.{uint32}
//	`
func (r *renderer) schemaFile(f *jen.File) {
	f.Add(doc("Schema is what stored bytes depend on and how tools show them, one fact a line. [Open] compares it with what the store was written with and notes it there.").
		Const().Id("Schema").Op("=").Add(raw(facts.Of(r.schema).Text())))
	f.Line()
}
