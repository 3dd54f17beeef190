// Package keyfam is the root of typed, transactional storage for families of
// keyed records. It has no code of its own; the packages are:
//
//   - generated/signalkeys: typed repositories of the ten Signal key families
//   - store: the untyped transactional core
//   - store/memstore, store/pebblestore: backends, in memory and in a directory
//   - store/driver, store/storetest: writing a backend and proving it
//   - store/family: what generated code calls
//   - gen/cmd/famgen: the generator, families.yaml to Go
//   - observe/slogobs, observe/otel: logs, traces and metrics of a store
//   - analyzer/cmd/famvet: mistakes that the compiler cannot see
//   - interop/baileys: Baileys' multi-file auth folders, in and out
//   - adapter/libsignal: a SignalProtocol store on the generated repositories
//   - cmd/famctl: the operator's tool
//
// README.md starts here. In docs, design.md has the reasons and lists every
// package, backends.md says what each backend promises and how to write one,
// glossary.md has the words, and from-baileys.md has the calls of Baileys and
// BaileysEx beside ours.
package keyfam
