package libsignal

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields goes through the fields of a protobuf message where it lies, without
// making anything of it.
type fields struct {
	data   []byte
	often  protowire.Number // of the field that may come more than once
	seen   uint64           // a bit for each number that has come
	next   int              // where the next field begins
	from   int              // where this one begins; it ends at next
	number protowire.Number
	bytes  []byte // what it holds, nil if that is a number
	uint   uint64 // the number that it holds
	err    error
}

// more goes to the next field. It is false at the end and after a mistake: what
// is no field is [store.ErrCorrupt], what this version would not write is
// [ErrForeignRecord].
func (f *fields) more() bool {
	if f.err != nil || f.next == len(f.data) {
		return false
	}
	rest := f.data[f.next:]
	number, kind, n := protowire.ConsumeTag(rest)
	if n < 0 {
		return f.fail(malformed("not a record"))
	}
	f.from, f.number = f.next, number
	if number != f.often && f.seen&(1<<number) != 0 {
		return f.fail(ErrForeignRecord)
	}
	f.seen |= 1 << number // those above 63 are unknown
	size := protowire.SizeTag(number)
	switch kind {
	case protowire.VarintType:
		v, m := protowire.ConsumeVarint(rest[n:])
		if m < 0 {
			return f.fail(malformed("not a record"))
		}
		f.bytes, f.uint = nil, v
		n, size = n+m, size+protowire.SizeVarint(v)
	case protowire.BytesType:
		v, m := protowire.ConsumeBytes(rest[n:])
		if m < 0 {
			return f.fail(malformed("not a record"))
		}
		f.bytes, f.uint = v[:len(v):len(v)], 0
		n, size = n+m, size+protowire.SizeBytes(len(v))
	default:
		return f.fail(ErrForeignRecord)
	}
	if n != size { // a number in more bytes than it needs
		return f.fail(ErrForeignRecord)
	}
	f.next += n
	return true
}

func (f *fields) fail(err error) bool {
	f.err = err
	return false
}

// takeBytes reads a field that holds bytes, or a message.
func (f *fields) takeBytes(into *[]byte) {
	if f.bytes == nil {
		f.fail(ErrForeignRecord)
		return
	}
	*into = f.bytes
}

// takeUint32 reads a field that holds a number.
func (f *fields) takeUint32(into *uint32) {
	if f.bytes != nil || f.uint > math.MaxUint32 {
		f.fail(ErrForeignRecord)
		return
	}
	*into = uint32(f.uint)
}
