package codec

import (
	"slices"

	"github.com/keyfam/keyfam/internal/hidden"
)

// Unknown holds the fields of a message that the schema does not know, because
// code with a newer schema wrote them. They are written again with the
// message. Printers do not see them: they may be secret.
type Unknown struct {
	fields hidden.Bytes // as they are stored, ascending
	room   int          // capacity of the memory of fields, in bytes
}

// Unknown adds the current field to u.
func (d *Decoder) Unknown(u *Unknown) {
	from := d.tagAt
	d.skip()
	if d.err != nil {
		return
	}
	u.fields, u.room = u.fields.Append(u.room, d.data[from:d.pos])
	d.unknown = d.number
}

// Refuse notes that the current field is a mistake.
func (d *Decoder) Refuse() { d.fail("", d.tagAt, errNumber) }

// skip passes over the current field.
func (d *Decoder) skip() {
	switch d.wire {
	case wireVarint:
		d.varint("")
	case wireFixed64:
		d.pass(8)
	case wireFixed32:
		d.pass(4)
	case wireBytes:
		d.span("")
	default: // groups, which nobody writes
		d.fail("", d.tagAt, errWire)
	}
}

func (d *Decoder) pass(n int) {
	if n > d.end-d.pos {
		d.fail("", d.pos, errShort)
		return
	}
	d.pos += n
}

// Unknown writes unknown fields. It merges them by number with the fields of
// the message that were written so far.
func (e *Encoder) Unknown(u Unknown) {
	if u.fields.Nil() {
		return
	}
	unknown := u.fields.Get()
	known := Decoder{data: slices.Clone(e.bytes[e.start:]), end: len(e.bytes) - e.start}
	other := Decoder{data: unknown, end: len(unknown)}
	e.bytes = e.bytes[:e.start]
	a, b := known.field(), other.field()
	for a != nil || b != nil {
		if b == nil || a != nil && known.number <= other.number {
			e.bytes = append(e.bytes, a...)
			a = known.field()
		} else {
			e.bytes = append(e.bytes, b...)
			b = other.field()
		}
	}
}

// field returns the bytes of the next field, nil at the end.
func (d *Decoder) field() []byte {
	if d.pos >= d.end || !d.tag() {
		return nil
	}
	from := d.tagAt
	d.skip()
	return d.data[from:d.pos]
}

// Reveal returns the stored fields, not a copy.
func (u Unknown) Reveal() []byte { return u.fields.Get() }
