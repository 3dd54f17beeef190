// Package hidden keeps values out of sight of printers. Fmt, go-spew (and so
// testify's diffs) and kr/pretty walk through a value with package reflect.
// They ignore its methods, read fields that are not exported and follow typed
// pointers. The pointers here have a type that leads nowhere.
package hidden

import (
	"hash/maphash"
	"math/bits"
	"unsafe"
)

// Pointer is a *T that only [Pointer.Get] follows. Two Pointers are equal, by
// == and by reflect.DeepEqual, if they point to the same T. The zero Pointer
// is nil.
type Pointer[T any] struct{ at unsafe.Pointer }

// To returns the pointer, hidden.
func To[T any](p *T) Pointer[T] { return Pointer[T]{unsafe.Pointer(p)} }

// Get returns the pointer.
func (p Pointer[T]) Get() *T { return (*T)(p.at) }

// Bytes is a []byte that only [Bytes.Get] shows. A printer sees the address,
// the length and a hash. The hash lets reflect.DeepEqual, and so testify's
// Equal, compare the contents. Its seed is random and stays in the process, so
// that the hash reveals nothing outside. The zero Bytes is nil.
type Bytes struct {
	_   [0]func() // not comparable: the addresses differ
	at  *opaque
	n   int
	sum uint64
}

// opaque is the type that printers see instead of byte. All its values are
// equal, so that reflect.DeepEqual compares the hashes.
type opaque struct{}

var seed = maphash.MakeSeed()

// Of returns b, hidden. The caller must not change b afterwards.
func Of(b []byte) Bytes {
	if b == nil {
		return Bytes{}
	}
	return Bytes{at: seen(b), n: len(b), sum: maphash.Bytes(seed, b)}
}

// Get returns the bytes, not a copy.
func (b Bytes) Get() []byte { return unsafe.Slice((*byte)(unsafe.Pointer(b.at)), b.n) }

// Nil reports whether b is the zero Bytes.
func (b Bytes) Nil() bool { return b.at == nil }

// Append returns b with more appended, and the capacity of its memory in
// bytes. room is the capacity that the Append before returned, 0 for the zero
// Bytes. Like the built-in append it writes behind b, so use only one result
// of each b.
func (b Bytes) Append(room int, more []byte) (Bytes, int) {
	all := append(unsafe.Slice((*byte)(unsafe.Pointer(b.at)), room)[:b.n], more...)
	sum := bits.RotateLeft64(b.sum, 1) + maphash.Bytes(seed, more)
	return Bytes{at: seen(all), n: len(all), sum: sum}, cap(all)
}

// seen returns a pointer to bytes as printers see it.
func seen(b []byte) *opaque { return (*opaque)(unsafe.Pointer(unsafe.SliceData(b))) }
