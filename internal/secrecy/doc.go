// Package secrecy holds the tests that search the exported types of the root
// module for markers. The modules inside have tests of the same kind.
package secrecy
