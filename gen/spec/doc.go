// Package spec reads families.yaml: [Parse] gives a checked [Schema] or every
// mistake of the file at once, each with its place, an excerpt and, where there
// is one, a hint. [Format] is the canonical layout and [JSONSchema] what an
// editor needs to help while the file is being written.
//
// The grammar is explained in docs/families.md of the module.
//
// The file is a small part of YAML: mappings, lists and scalars in one
// document. Anchors, aliases, tags, merge keys and tabs are refused.
package spec
