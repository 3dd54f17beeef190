package codec

import (
	"encoding/binary"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/keyfam/keyfam/store"
)

// Wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// Encoder writes one value in protobuf's wire format. Its methods write every
// field that they are given, defaults too. Generated code leaves defaults out
// and writes fields in ascending order of their numbers: so each value has one
// form.
//
// Errors: Finish returns the first mistake, which is a [store.ErrInvalid].
type Encoder struct {
	bytes []byte // written so far
	whole []byte // the caller's bytes, if the value is stored as it is
	start int    // offset of the innermost message
	err   error
	lost  bool // bytes are missing: a Go type of the user did not marshal
}

// maxScratch is how much memory an idle Encoder keeps, in bytes.
const maxScratch = 1 << 20

var encoders = sync.Pool{New: func() any { return new(Encoder) }}

// NewEncoder returns an encoder, which the caller must release.
func NewEncoder() *Encoder { return encoders.Get().(*Encoder) }

// Finish returns the bytes to store, or the first mistake.
//
// Bytes: they are valid until Release, and may be those of the value itself.
func (e *Encoder) Finish() ([]byte, error) {
	switch {
	case e.err != nil:
		return nil, e.err
	case e.whole != nil:
		return e.whole, nil
	}
	return e.bytes, nil
}

// Release lets the encoder be used again. What it wrote may be secret and is
// wiped.
func (e *Encoder) Release() {
	clear(e.bytes)
	if cap(e.bytes) > maxScratch {
		e.bytes = nil
	}
	e.bytes, e.whole, e.start, e.err, e.lost = e.bytes[:0], nil, 0, nil, false
	encoders.Put(e)
}

// Bool writes a field.
func (e *Encoder) Bool(number int, v bool) {
	e.Uint64(number, bit(v))
}

func bit(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}

// Int32 writes a field. A negative number takes ten bytes, as in protobuf.
func (e *Encoder) Int32(number int, v int32) { e.Uint64(number, uint64(int64(v))) }

// Int64 writes a field. A negative number takes ten bytes, as in protobuf.
func (e *Encoder) Int64(number int, v int64) { e.Uint64(number, uint64(v)) }

// Uint32 writes a field.
func (e *Encoder) Uint32(number int, v uint32) { e.Uint64(number, uint64(v)) }

// Uint64 writes a field.
func (e *Encoder) Uint64(number int, v uint64) {
	e.bytes = appendVarint(appendTag(e.bytes, number, wireVarint), v)
}

// String writes a field of text, which must be UTF-8.
func (e *Encoder) String(number int, name, v string) {
	e.checkText(name, v)
	b := appendTag(e.bytes, number, wireBytes)
	e.bytes = append(appendVarint(b, uint64(len(v))), v...)
}

// Bytes writes a field.
func (e *Encoder) Bytes(number int, v []byte) {
	b := appendTag(e.bytes, number, wireBytes)
	e.bytes = append(appendVarint(b, uint64(len(v))), v...)
}

// BytesMax writes a field of at most most bytes.
func (e *Encoder) BytesMax(number int, name string, v []byte, most int) {
	e.checkMax(name, v, most)
	e.Bytes(number, v)
}

// Marshaled writes a field with the bytes that marshal returns.
func (e *Encoder) Marshaled(number int, name string, marshal func() ([]byte, error)) {
	e.Bytes(number, e.marshaled(name, marshal))
}

// marshaled returns the bytes of a Go type of the user.
func (e *Encoder) marshaled(name string, marshal func() ([]byte, error)) []byte {
	b, err := marshal()
	if err != nil {
		e.lost = true
		e.fails(name, &typeError{err})
	}
	return b
}

func appendTag(b []byte, number, wire int) []byte {
	if number < 1<<4 {
		return append(b, byte(number<<3|wire))
	}
	return binary.AppendUvarint(b, uint64(number)<<3|uint64(wire))
}

func appendVarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}

// Mark is what End needs to know of a Begin.
type Mark struct{ at, outer int }

// Begin begins a field that holds a message or a packed list. Everything
// written until End is part of it.
func (e *Encoder) Begin(number int) Mark {
	e.bytes = append(appendTag(e.bytes, number, wireBytes), 0) // the length, mostly one byte
	m := Mark{len(e.bytes), e.start}
	e.start = m.at
	return m
}

// End ends the field that Begin has begun.
func (e *Encoder) End(m Mark) {
	e.start = m.outer
	size := len(e.bytes) - m.at
	if size < 0x80 {
		e.bytes[m.at-1] = byte(size)
		return
	}
	var length [10]byte
	n := binary.PutUvarint(length[:], uint64(size))
	e.bytes = append(e.bytes, length[1:n]...) // makes room; the content moves up
	copy(e.bytes[m.at-1+n:], e.bytes[m.at:m.at+size])
	copy(e.bytes[m.at-1:], length[:n])
}

// checkMax notes a mistake if v is too long.
func (e *Encoder) checkMax(name string, v []byte, most int) {
	if len(v) > most {
		e.fails(name, limitError(len(v), most))
	}
}

func (e *Encoder) checkText(name, v string) {
	if !utf8.ValidString(v) {
		e.fails(name, errNotText)
	}
}

func (e *Encoder) fails(name string, err error) {
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("%w: field %s: %w", store.ErrInvalid, name, err)
	}
}
