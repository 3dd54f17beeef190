// Package bench compares keyfam with what people use today, on the same disk
// and in the same minutes. The two stores take turns of a few hundred
// operations, and each benchmark reports the ratio of their times.
//
//	go test -bench . -benchtime 20000x
//
// Each peer has one file. The table of measurements is in cells_test.go.
package bench
