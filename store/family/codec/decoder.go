package codec

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"github.com/keyfam/keyfam/store"
)

// Decoder reads one value from protobuf's wire format. It accepts what
// [Encoder] writes, also with unknown fields between and with default values
// written out. Fields must ascend, and none may be there twice.
//
// Errors: Finish returns the first mistake, which is a [store.ErrCorrupt] with
// the field and the offset in bytes. After a mistake Next returns false and
// the other methods return zero values.
type Decoder struct {
	data []byte
	pos  int
	end  int // of the innermost message; a mistake moves pos here

	tagAt   int // offset of the current field
	number  int // of the current field
	unknown int // number of the last unknown field, which may be repeated
	wire    int

	err *corruption
}

// corruption is one mistake in stored bytes.
type corruption struct {
	field  string
	offset int
	reason error
}

func (c *corruption) Error() string {
	where := ""
	if c.field != "" {
		where = "field " + c.field + " "
	}
	return fmt.Sprintf("%s: %sat byte %d: %s", store.ErrCorrupt.Error(), where, c.offset, c.reason.Error())
}

func (c *corruption) Unwrap() []error { return []error{store.ErrCorrupt, c.reason} }

var (
	errNotText   = errors.New("text is not UTF-8")
	errVarint    = errors.New("malformed number")
	errRange     = errors.New("number out of range")
	errShort     = errors.New("cut short")
	errWire      = errors.New("wrong wire type")
	errNumber    = errors.New("no such field number")
	errOrder     = errors.New("field out of order or twice")
	errTwice     = errors.New("key twice")
	errMissing   = errors.New("missing")
	errEntry     = errors.New("malformed map entry")
	errRemainder = errors.New("bytes behind the end")
)

// NewDecoder returns a decoder of a stored value.
//
// Bytes: what it reads, strings too, shares the memory of value. Nobody may
// change value afterwards.
func NewDecoder(value []byte) Decoder { return Decoder{data: value, end: len(value)} }

// Finish returns the first mistake.
func (d *Decoder) Finish() error {
	if d.err == nil && d.pos != d.end {
		d.fail("", d.pos, errRemainder)
	}
	if d.err == nil {
		return nil
	}
	return d.err
}

// Failed notes the error of a Go type of the user that failed to unmarshal.
func (d *Decoder) Failed(name string, err error) {
	if err != nil {
		d.fail(name, d.tagAt, &typeError{err})
	}
}

// typeError wraps the error of a Go type of the user. Such errors often quote
// their input, as strconv's do. That is a stored value, so the text is left
// out.
type typeError struct{ err error }

func (e *typeError) Error() string { return "refused by its Go type" }

func (e *typeError) Unwrap() error { return e.err }

// Next goes to the next field. It returns false at the end.
func (d *Decoder) Next() bool {
	if d.pos >= d.end {
		return false
	}
	// The common case: a tag of one byte with a higher number than the one
	// before.
	if c := d.data[d.pos]; c < 0x80 && int(c>>3) > d.number {
		d.tagAt, d.number, d.wire = d.pos, int(c>>3), int(c&7)
		d.pos++
		return true
	}
	return d.slowNext()
}

func (d *Decoder) slowNext() bool {
	last := d.number
	if !d.tag() {
		return false
	}
	if d.number < last || d.number == last && d.number != d.unknown {
		d.fail("", d.tagAt, errOrder)
		return false
	}
	return true
}

// Number returns the number of the current field.
func (d *Decoder) Number() int { return d.number }

// tag reads a field's number and wire type.
func (d *Decoder) tag() bool {
	d.tagAt = d.pos
	n := d.varint("")
	d.number, d.wire = int(n>>3), int(n&7)
	if d.err == nil && (d.number < 1 || d.number > 1<<29-1) {
		d.fail("", d.tagAt, errNumber)
	}
	return d.err == nil
}

// Bool reads the current field.
func (d *Decoder) Bool(name string) bool { return d.upTo(name, 1) == 1 }

// Int32 reads the current field.
func (d *Decoder) Int32(name string) int32 {
	at := d.pos
	n := d.Int64(name)
	if n < math.MinInt32 || n > math.MaxInt32 {
		d.fail(name, at, errRange)
		return 0
	}
	return int32(n)
}

// Int64 reads the current field.
func (d *Decoder) Int64(name string) int64 { return int64(d.Uint64(name)) }

// Uint32 reads the current field.
func (d *Decoder) Uint32(name string) uint32 { return uint32(d.upTo(name, math.MaxUint32)) }

// Uint64 reads the current field.
func (d *Decoder) Uint64(name string) uint64 {
	if !d.expect(name, wireVarint) {
		return 0
	}
	return d.varint(name)
}

func (d *Decoder) upTo(name string, most uint64) uint64 {
	at := d.pos
	n := d.Uint64(name)
	if n > most {
		d.fail(name, at, errRange)
		return 0
	}
	return n
}

// String reads the current field, which must be UTF-8.
func (d *Decoder) String(name string) string {
	from, to := d.span(name)
	s := textOf(d.data[from:to])
	d.checkText(name, from, s)
	return s
}

// Bytes reads the current field. The bytes are part of the value.
func (d *Decoder) Bytes(name string) []byte {
	from, to := d.span(name)
	return d.data[from:to:to]
}

// BytesOf is Bytes for a field of exactly size bytes. After a mistake it
// returns size zeros, so that the caller may convert them to an array.
func (d *Decoder) BytesOf(name string, size int) []byte {
	if from := d.pos + 1; d.wire == wireBytes && size < 0x80 && d.end-from >= size && int(d.data[d.pos]) == size {
		d.pos = from + size
		return d.data[from:d.pos:d.pos]
	}
	from, to := d.span(name)
	if to-from != size {
		return d.notOf(name, from, to-from, size)
	}
	return d.data[from:to:to]
}

func (d *Decoder) notOf(name string, from, n, size int) []byte {
	d.fail(name, from, sizeError(n, size))
	return make([]byte, size)
}

// BytesMax is Bytes for a field of at most most bytes.
func (d *Decoder) BytesMax(name string, most int) []byte {
	from, to := d.span(name)
	if to-from > most {
		d.fail(name, from, limitError(to-from, most))
	}
	return d.data[from:to:to]
}

// NilIfEmpty returns b, or nil if b is empty. Other programs may write empty
// bytes or leave them out; a field that is not optional has one value for
// both.
func NilIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// Require notes a mistake if a field that must be there was not seen.
func (d *Decoder) Require(seen bool, name string) {
	if !seen {
		d.fail(name, d.pos, errMissing)
	}
}

// span returns where the bytes of the current field are, 0 and 0 after a
// mistake.
func (d *Decoder) span(name string) (from, to int) {
	if d.wire == wireBytes && d.pos < d.end {
		from, to = d.pos+1, d.pos+1+int(d.data[d.pos])
		if d.data[d.pos] < 0x80 && to <= d.end {
			d.pos = to
			return from, to
		}
	}
	return d.slowSpan(name)
}

func (d *Decoder) slowSpan(name string) (from, to int) {
	if !d.expect(name, wireBytes) {
		return 0, 0
	}
	size := d.varint(name)
	if size > uint64(d.end-d.pos) {
		d.fail(name, d.pos, errShort)
		return 0, 0
	}
	from = d.pos
	d.pos += int(size)
	return from, d.pos
}

func (d *Decoder) expect(name string, wire int) bool {
	if d.err == nil && d.wire != wire {
		d.fail(name, d.tagAt, errWire)
	}
	return d.err == nil
}

// varint reads a number in its shortest form.
func (d *Decoder) varint(name string) uint64 {
	if d.pos < d.end && d.data[d.pos] < 0x80 {
		d.pos++
		return uint64(d.data[d.pos-1])
	}
	return d.longVarint(name)
}

func (d *Decoder) longVarint(name string) (n uint64) {
	at := d.pos
	for shift := 0; d.pos < d.end; shift += 7 {
		c := d.data[d.pos]
		d.pos++
		if shift == 63 && c > 1 || c == 0 && shift > 0 {
			d.fail(name, at, errVarint)
			return 0
		}
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.fail(name, at, errShort)
	return 0
}

// textOf returns b as a string without a copy, which would be as large as the
// value for a message of many strings. It is safe: store gives every reader
// bytes of its own, and no slice that the decoder returns overlaps a string.
func textOf(b []byte) string {
	if len(b) == 0 {
		return "" // do not keep the value alive
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (d *Decoder) checkText(name string, at int, s string) {
	if !utf8.ValidString(s) {
		d.fail(name, at, errNotText)
	}
}

func (d *Decoder) fail(name string, at int, reason error) {
	if d.err == nil {
		d.err = &corruption{name, at, reason}
	}
	d.pos = d.end
}

func limitError(n, most int) error { return fmt.Errorf("%d bytes, the limit is %d", n, most) }

func sizeError(n, want int) error { return fmt.Errorf("%d bytes instead of %d", n, want) }
