// Package family is the typed layer between generated packages and package
// store.
//
// # For programs
//
// A program imports it for the few names that every generated package shares:
//
//   - [Secret] is bytes that do not show, [SecretString] text. [NewSecret] and
//     [NewSecretString] make one, Reveal gives the bytes or the text. Printers
//     show [Redacted]; reading a secret from text is [ErrRedacted].
//   - [Label] orders transactions; a generated function such as SessionLabel
//     makes one. [TxOptions] holds several, and bounds of one transaction.
//   - [Reader] and [Writer] have the verbs of an accessor such as
//     repo.Sessions(), [Adder] those of a batch, [Entry] is what scans yield.
//
// # For generated code
//
// All other names are for famgen's output: [Family] describes how records are
// stored, [Read], [Write] and [AddTo] reach them through a handle,
// [Open] compares schemas. They may change with each version, together with
// the code that famgen generates; [V1] stops code of another version from
// compiling. The encoding of fields and ids is in package codec below this
// one.
//
// # Errors
//
// Errors are those of package store. An id that has no unambiguous text is
// [store.ErrInvalid], stored bytes that do not decode are [store.ErrCorrupt]
// with the family, the field and the offset in bytes. No error holds an id or
// a value.
package family

// V1 exists while code that famgen generated for this version of the runtime
// works with it. Generated code refers to it, so that a mismatch does not
// compile.
const V1 = 1
