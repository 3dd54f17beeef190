// Package hidden keeps values out of sight of printers. Fmt, go-spew (and so
// testify's diffs), kr/pretty and the like walk through a value with package
// reflect, past its methods and into fields that are not exported. They follow
// typed pointers, so here the pointers have a type that leads nowhere.
package hidden

import (
	"hash/maphash"
	"math/bits"
	"unsafe"
)

// Pointer is a *T that only [Pointer.Get] follows. Two are equal, to == and to
// reflect.DeepEqual, if they point to the same T. The zero Pointer is nil.
type Pointer[T any] struct{ at unsafe.Pointer }

// To hides a pointer.
func To[T any](p *T) Pointer[T] { return Pointer[T]{unsafe.Pointer(p)} }

// Get returns the pointer.
func (p Pointer[T]) Get() *T { return (*T)(p.at) }

// Bytes are bytes of which a printer sees the address, the length and a hash.
// Because of the hash reflect.DeepEqual, and with it testify's Equal, tells equal
// bytes from others. Its seed is random and never leaves the process, so it tells
// nobody else what the bytes are. The zero Bytes are nil.
type Bytes struct {
	_   [0]func() // not comparable: the addresses differ
	at  *opaque
	n   int
	sum uint64
}

// opaque is the type that pointers to bytes seem to have. All its values are
// equal, which leaves the comparison to the hash.
type opaque struct{}

var seed = maphash.MakeSeed()

// Of hides bytes, which must not change any more.
func Of(b []byte) Bytes {
	if b == nil {
		return Bytes{}
	}
	return Bytes{at: seen(b), n: len(b), sum: maphash.Bytes(seed, b)}
}

// Get returns the bytes themselves.
func (b Bytes) Get() []byte { return unsafe.Slice((*byte)(unsafe.Pointer(b.at)), b.n) }

// Nil reports whether b is the zero Bytes.
func (b Bytes) Nil() bool { return b.at == nil }

// Append returns b with more behind it. The bytes of b are in memory of size
// room; the room of the result is the second answer. Only one result of each b
// may be used.
func (b Bytes) Append(room int, more []byte) (Bytes, int) {
	all := append(unsafe.Slice((*byte)(unsafe.Pointer(b.at)), room)[:b.n], more...)
	sum := bits.RotateLeft64(b.sum, 1) + maphash.Bytes(seed, more)
	return Bytes{at: seen(all), n: len(all), sum: sum}, cap(all)
}

func seen(b []byte) *opaque { return (*opaque)(unsafe.Pointer(unsafe.SliceData(b))) }
