// Package codec writes and reads what generated code stores: values in
// protobuf's wire format and the text of ids. Generated code and keyfam's
// tools call it; programs that use a generated package do not need it.
//
// An [Encoder] writes one value, a [Decoder] reads one, [Text] reads the text
// of one id. Each keeps its first mistake and reports it at the end, so that
// the calls between need no checks.
//
// # Errors
//
// A value or an id that has no stored form is [store.ErrInvalid]. Stored bytes
// that do not decode are [store.ErrCorrupt], with the field and the offset in
// bytes. No error holds an id or a value.
package codec
