package family

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

// DecodeMessage reads the current field as a message; fields reads those of T.
func DecodeMessage[T any](d *Decoder, name string, fields func(*Decoder) T) (v T) {
	from, to := d.span(name)
	if d.err != nil {
		return v
	}
	end, number, unknown := d.end, d.number, d.unknown
	d.pos, d.end, d.number, d.unknown = from, to, 0, 0
	v = fields(d)
	d.number, d.unknown = number, unknown
	d.settle(to, end)
	if d.err != nil {
		d.within(name)
	}
	return v
}

// settle goes back to what encloses a part that ends at to, or to its end after
// a mistake.
func (d *Decoder) settle(to, end int) {
	d.pos, d.end = to, end
	if d.err != nil {
		d.pos = end
	}
}

// within adds the name of the field that holds a mistake's field.
func (d *Decoder) within(name string) {
	if d.err.field != "" {
		name += "." + d.err.field
	}
	d.err.field = name
}

// elements bounds the memory that is set aside for elements before they are read.
const elements = 1 << 14

// DecodeList reads the current field and those of the same number that follow.
func DecodeList[T any](d *Decoder, name string, element func(d *Decoder, name string) T) (list []T) {
	list = make([]T, 0, min(d.count(), elements))
	for more := true; more && d.err == nil; more = d.again() {
		list = append(list, element(d, name))
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

// DecodeMap reads the current field and those of the same number that follow as
// the entries of a map.
func DecodeMap[T any](d *Decoder, name string, element func(d *Decoder, name string) T) map[string]T {
	m := make(map[string]T, min(d.count(), elements))
	for more := true; more && d.err == nil; more = d.again() {
		from, to := d.span(name)
		end, number, tagAt := d.end, d.number, d.tagAt
		d.pos, d.end = from, to
		var k string
		var v T
		if d.entryTag(name, 1) {
			k = d.String(name)
		}
		if d.entryTag(name, 2) {
			v = element(d, name)
		}
		n := len(m)
		m[k] = v
		switch {
		case d.err != nil:
		case len(m) == n:
			d.fail(name, tagAt, errTwice)
		case d.pos != d.end:
			d.fail(name, d.pos, errEntry)
		}
		d.number, d.tagAt = number, tagAt
		d.settle(to, end)
	}
	return m
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

// again goes to the next field if it has the current one's number.
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

// count is how many fields of the current one's number there are from here on,
// as far as they are well formed. It moves nothing.
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
