package codec

import (
	"encoding/binary"
	"errors"
	"math"
)

var errFinite = errors.New("number that is not finite")

// Float64 writes a field. Infinities and NaN are refused: JSON does not have
// them, and NaN is not equal to itself.
func (e *Encoder) Float64(number int, name string, v float64) {
	e.bytes = e.appendFloat(appendTag(e.bytes, number, wireFixed64), name, v)
}

// Float64List writes a field that holds a list.
func (e *Encoder) Float64List(number int, name string, list []float64) {
	m := e.Begin(number)
	for _, v := range list {
		e.bytes = e.appendFloat(e.bytes, name, v)
	}
	e.End(m)
}

func (e *Encoder) appendFloat(b []byte, name string, v float64) []byte {
	if !finite(v) {
		e.fails(name, errFinite)
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// IsZero reports whether a field does not store v. Minus zero is stored.
func IsZero(v float64) bool { return math.Float64bits(v) == 0 }

// Float64 reads the current field.
func (d *Decoder) Float64(name string) float64 {
	if !d.expect(name, wireFixed64) {
		return 0
	}
	if d.end-d.pos < 8 {
		d.fail(name, d.pos, errShort)
		return 0
	}
	at := d.pos
	d.pos += 8
	v := math.Float64frombits(binary.LittleEndian.Uint64(d.data[at:d.pos]))
	if !finite(v) {
		d.fail(name, at, errFinite)
		return 0
	}
	return v
}

// DecodeFloats reads the current field as a list of numbers.
func DecodeFloats[T any](d *Decoder, name string, element func(d *Decoder, name string) T) (list []T) {
	from, to := d.span(name)
	if d.err != nil {
		return nil
	}
	if to > from {
		list = make([]T, 0, (to-from)/8)
	}
	end := d.end
	d.pos, d.end, d.wire = from, to, wireFixed64
	for d.pos < d.end {
		list = append(list, element(d, name))
	}
	d.settle(to, end)
	return list
}
