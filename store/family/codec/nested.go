package codec

// EncodeMessage writes a field that holds a message; fields writes those of T.
func EncodeMessage[T any](e *Encoder, number int, v T, fields func(*Encoder, T)) {
	m := e.Begin(number)
	fields(e, v)
	e.End(m)
}

// EncodePacked writes a field that holds a list of numbers.
func EncodePacked[T ~int32 | ~int64 | ~uint32 | ~uint64](e *Encoder, number int, list []T) {
	m := e.Begin(number)
	for _, v := range list {
		e.bytes = appendVarint(e.bytes, uint64(v))
	}
	e.End(m)
}

// EncodePackedBool writes a field that holds a list of booleans.
func EncodePackedBool(e *Encoder, number int, list []bool) {
	m := e.Begin(number)
	for _, v := range list {
		e.bytes = appendVarint(e.bytes, bit(v))
	}
	e.End(m)
}

// Outer is the state of a decoder that End restores. It has four fields, as
// many as the compiler keeps in registers.
type Outer struct {
	to, end         int   // end of the message, -1 after a mistake; end of the enclosing one
	number, unknown int32 // of the enclosing message
}

// Begin enters the message that the current field holds. Next then goes
// through the fields of that message, until End.
func (d *Decoder) Begin(name string) Outer {
	from, to := d.span(name)
	if d.err != nil {
		return Outer{to: -1}
	}
	m := Outer{to, d.end, int32(d.number), int32(d.unknown)}
	d.pos, d.end, d.number, d.unknown = from, to, 0, 0
	return m
}

// End leaves the message that Begin entered.
func (d *Decoder) End(m Outer, name string) {
	if m.to < 0 {
		return
	}
	d.number, d.unknown = int(m.number), int(m.unknown)
	d.settle(m.to, m.end)
	if d.err != nil {
		d.within(name)
	}
}

// settle leaves a part that ends at to and goes on in the enclosing one, which
// ends at end. After a mistake it goes to end.
func (d *Decoder) settle(to, end int) {
	d.pos, d.end = to, end
	if d.err != nil {
		d.pos = end
	}
}

// within puts the name of the enclosing field before that of a mistake.
func (d *Decoder) within(name string) {
	if d.err.field != "" {
		name += "." + d.err.field
	}
	d.err.field = name
}

// elements bounds how many elements memory is reserved for before they are
// read.
const elements = 1 << 14

// DecodeList reads the current field and the following ones of the same
// number.
func DecodeList[T any](d *Decoder, name string, element func(d *Decoder, name string) T) (list []T) {
	list = make([]T, 0, min(d.count(), elements))
	for more := true; more && d.err == nil; more = d.again() {
		list = append(list, element(d, name))
	}
	return list
}

// DecodeMessages is [DecodeList] of messages; fields reads those of T.
func DecodeMessages[T any](d *Decoder, name string, fields func(*Decoder, *T)) (list []T) {
	list = make([]T, 0, min(d.count(), elements))
	for more := true; more && d.err == nil; more = d.again() {
		m := d.Begin(name)
		list = append(list, *new(T))
		fields(d, &list[len(list)-1])
		d.End(m, name)
	}
	return list
}

// DecodePacked reads the current field as a list of numbers.
func DecodePacked[T any](d *Decoder, name string, element func(d *Decoder, name string) T) (list []T) {
	from, to := d.span(name)
	if d.err != nil {
		return nil
	}
	n := 0
	for _, c := range d.data[from:to] {
		if c < 0x80 {
			n++
		}
	}
	if n > 0 {
		list = make([]T, 0, n)
	}
	end := d.end
	d.pos, d.end, d.wire = from, to, wireVarint
	for d.pos < d.end {
		list = append(list, element(d, name))
	}
	d.settle(to, end)
	return list
}

// DecodeMap reads the current field and the following ones of the same number
// as the entries of a map.
func DecodeMap[T any](d *Decoder, name string, element func(d *Decoder, name string) T) map[string]T {
	return decodeEntries(d, name, func(v *T) { *v = element(d, name) })
}

// DecodeMessageMap is [DecodeMap] of messages; fields reads those of T.
func DecodeMessageMap[T any](d *Decoder, name string, fields func(*Decoder, *T)) map[string]T {
	return decodeEntries(d, name, func(v *T) {
		m := d.Begin(name)
		fields(d, v)
		d.End(m, name)
	})
}

// decodeEntries reads every value into the same variable. Returning values
// would copy each of them several times.
func decodeEntries[T any](d *Decoder, name string, value func(*T)) map[string]T {
	entries := make(map[string]T, min(d.count(), elements))
	v, none := new(T), *new(T)
	for more := true; more && d.err == nil; more = d.again() {
		from, to := d.span(name)
		end, number, tagAt := d.end, d.number, d.tagAt
		d.pos, d.end = from, to
		var k string
		if d.entryTag(name, 1) {
			k = d.String(name)
		}
		*v = none
		if d.entryTag(name, 2) {
			value(v)
		}
		n := len(entries)
		entries[k] = *v
		switch {
		case d.err != nil:
		case len(entries) == n:
			d.fail(name, tagAt, errTwice)
		case d.pos != d.end:
			d.fail(name, d.pos, errEntry)
		}
		d.number, d.tagAt = number, tagAt
		d.settle(to, end)
	}
	return entries
}

// entryTag reads the tag of an entry's key or value, which has one byte.
func (d *Decoder) entryTag(name string, number int) bool {
	if d.pos >= d.end || int(d.data[d.pos]>>3) != number {
		d.fail(name, d.pos, errEntry)
		return false
	}
	d.tagAt, d.wire = d.pos, int(d.data[d.pos]&7)
	d.pos++
	return true
}

// again goes to the next field if that has the number of the current one.
func (d *Decoder) again() bool {
	if d.pos >= d.end || d.err != nil {
		return false
	}
	if c := d.data[d.pos]; c < 0x80 && int(c>>3) == d.number {
		d.tagAt, d.wire = d.pos, int(c&7)
		d.pos++
		return true
	}
	at, number, wire, tagAt := d.pos, d.number, d.wire, d.tagAt
	if d.tag() && d.number == number {
		return true
	}
	if d.err == nil {
		d.pos, d.number, d.wire, d.tagAt = at, number, wire, tagAt
	}
	return false
}

// count returns how many fields with the number of the current one follow each
// other here, up to the first mistake. The decoder stays where it is.
func (d *Decoder) count() int {
	ahead := *d
	n := 0
	for more := true; more; more = ahead.again() {
		if ahead.span(""); ahead.err != nil {
			break
		}
		n++
	}
	return n
}
