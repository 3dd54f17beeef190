package codec

import "crypto/subtle"

// Equal reports whether two values are stored as the same bytes: an empty list
// equals a nil one. They need not be such that a store takes them, but a value
// with a Go type of the user that does not marshal equals nothing. The time
// depends on the lengths only, once both are encoded.
func Equal[T any](a, b T, encode func(*Encoder, T)) bool {
	x, y := NewEncoder(), NewEncoder()
	encode(x, a)
	encode(y, b)
	same := !x.lost && !y.lost && subtle.ConstantTimeCompare(x.bytes, y.bytes) == 1
	x.Release()
	y.Release()
	return same
}
