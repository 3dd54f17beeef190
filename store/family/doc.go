// Package family is what generated repositories are made of: typed verbs over a
// [store.Handle], the Secret type, the text form of ids and the wire format of
// values. Generated code calls it; people mostly meet [Secret], [Label] and the
// methods of [Reader] and [Writer], which every generated repository has.
//
// # Errors
//
// Errors are those of package store. An id that has no unambiguous text is
// [store.ErrInvalid], stored bytes that do not decode are [store.ErrCorrupt]
// with the family, the field and the offset in bytes. No error holds an id or a
// value.
package family

// V1 exists while code that famgen generated for this version of the runtime
// works with it. Generated code refers to it, so that a mismatch does not
// compile.
const V1 = 1
