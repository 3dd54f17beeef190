// Package secrecy holds the tests that search everything that the exported
// types of the root module print for markers. The other modules have tests of
// the same kind.
package secrecy
