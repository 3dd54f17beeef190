package codec

import (
	"slices"

	"github.com/keyfam/keyfam/internal/hidden"
)

// Unknown is the fields of a message that its schema does not know, because a
// newer one wrote them. They are written again with the message. What they hold
// is not shown: it may be secret.
type Unknown struct {
	fields hidden.Bytes // as they were read, ascending
	room   int          // of the fields' memory, in bytes
}

// Unknown keeps the current field.
func (d *Decoder) Unknown(u *Unknown) {
	from := d.tagAt
	d.skip()
	if d.err != nil {
		return
	}
	u.fields, u.room = u.fields.Append(u.room, d.data[from:d.pos])
	d.unknown = d.number
}

// Refuse reports a field that cannot be there.
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
	default: // groups were never written
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

// Unknown writes fields that were read as unknown, each where its number
// belongs among those of the message written so far.
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

// field is the next field whole, nil at the end.
func (d *Decoder) field() []byte {
	if d.pos >= d.end || !d.tag() {
		return nil
	}
	from := d.tagAt
	d.skip()
	return d.data[from:d.pos]
}

// Reveal returns the fields as they are stored, not a copy.
func (u Unknown) Reveal() []byte { return u.fields.Get() }
