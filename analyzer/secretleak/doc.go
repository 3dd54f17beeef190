// Package secretleak finds secret bytes that are printed.
//
// # Analyzer secretleak
//
// secretleak: do not print what Reveal returns
//
// Secret values print themselves redacted. The bytes that Reveal returns do not: given to fmt, log, slog, testing, errors,
// panic or the standard streams they end up in logs, error messages and test output:
//
//	log.Printf("bad key %x", pair.Private.Reveal()) // log.Printf("bad key %v", pair.Private)
//
// The check follows the bytes through variables, conversions, slices, hex and base64, structs, buffers, and through functions of this
// and other packages that return or print what they are given. Lengths, comparisons and hashes are silent.
package secretleak
