// Package bench measures keyfam side by side with what people use today, on the
// same disk and in the same minutes: each benchmark gives turns of a few hundred
// operations to one store and to the other, and reports how they compare.
//
//	go test -bench . -benchtime 20000x
//
// A peer is one file. The table of what is measured is in cells_test.go.
package bench
