// Package format writes down what keyfam relies on in the engine's files:
// their exact names, the format version of a store, and the layout of a log.
//
// The engine may change any of it in a new version. The tests of this package
// then fail, so that an update of the engine is a decision and not an
// accident.
package format
