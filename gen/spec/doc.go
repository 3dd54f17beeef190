// Package spec has the grammar of families.yaml. [Parse] returns a checked
// [Schema], or every mistake of the file at once, each with its place, an
// excerpt and mostly a hint. [Format] has the canonical layout. [JSONSchema]
// is for editors.
//
// docs/families.md explains the grammar. Package yaml reads the file. The
// scalar types are the rows of one table in scalar.go.
package spec
