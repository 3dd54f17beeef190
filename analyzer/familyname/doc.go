// Package familyname finds family names that no schema knows.
//
// # Analyzer familyname
//
// familyname: name a family that the imported schemas declare
//
// The untyped store takes the family as a string, and a misspelt one is not an error: a Get finds nothing, a Put writes where
// nobody reads.
//
//	v, ok, err := st.Get(ctx, "sesion", id) // did you mean "session"?
//
// The check compares constant family names given to the package store with the families of all generated packages that this
// package imports, directly or not. It is silent where no generated package is imported. The families
// of a generated package are those in its constant Schema. A package that keeps families of its own, untyped, declares them
// with a comment, for itself and those that import it:
//
//	//famvet:family inbox outbox
package familyname
