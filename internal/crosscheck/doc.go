// Package crosscheck holds tests of what other people's programs make of
// keyfam's output: a JSON Schema validator of the schema that editors use,
// protobuf-go of stored records. It is a module of its own, so that nobody who
// uses keyfam depends on them.
package crosscheck
