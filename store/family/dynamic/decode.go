package dynamic

import (
	"time"

	"github.com/keyfam/keyfam/store/family/codec"
)

// decode reads a stored value in the same way as generated code.
func (f *Family) decode(value []byte) (Value, error) {
	v, err := whole(f.value, value)
	if err != nil {
		return Value{}, err
	}
	return valueOf(f.value, v), nil
}

func whole(t *Type, b []byte) (any, error) {
	switch {
	case t.Kind == Message:
		d := codec.NewDecoder(b)
		v := decodeFields(&d, t.message)
		return v, d.Finish()
	case t.wrapped():
		return unwrapped(t, b)
	case t.Kind == String:
		return codec.DecodeString(b)
	case t.Size > 0:
		return codec.DecodeFixed(b, t.Size)
	case t.Max > 0:
		return codec.DecodeMax(b, t.Max)
	}
	return b, nil
}

// unwrapped reads a value that is stored as the only field of a message.
func unwrapped(t *Type, b []byte) (any, error) {
	d, v := codec.NewDecoder(b), absent(t)
	for d.Next() {
		if d.Number() != 1 {
			d.Refuse()
			continue
		}
		v = decoded(&d, "value", t)
	}
	return v, d.Finish()
}

func decodeFields(d *codec.Decoder, m *message) *fields {
	v := &fields{values: make([]any, len(m.fields))}
	for d.Next() {
		if i, known := m.byNumber[d.Number()]; known {
			v.values[i] = decoded(d, m.fields[i].name, m.fields[i].typ)
		} else {
			d.Unknown(&v.unknown)
		}
	}
	for i, f := range m.fields {
		if v.values[i] == nil {
			d.Require(!f.typ.required(), f.name)
			v.values[i] = absent(f.typ)
		}
	}
	return v
}

// absent returns the value of a field that is not stored, nil if it has none.
// The value that a Go type makes of no bytes is not known here.
func absent(t *Type) any {
	switch {
	case t.Optional || t.required():
		return nil
	case t.Kind == Bool:
		return false
	case t.Kind == Int32, t.Kind == Int64:
		return int64(0)
	case t.Kind == Uint32, t.Kind == Uint64:
		return uint64(0)
	case t.Kind == Float64:
		return float64(0)
	case t.Kind == Time, t.Kind == TimeNanos:
		return time.Time{}
	case t.Kind == String:
		return ""
	case t.Kind == Bytes:
		return []byte{}
	case t.Kind == List:
		return []any{}
	case t.Kind == Map:
		return map[string]any{}
	}
	return nil
}

// decoded reads the current field.
func decoded(d *codec.Decoder, name string, t *Type) any {
	switch t.Kind {
	case Bool:
		return d.Bool(name)
	case Int32:
		return int64(d.Int32(name))
	case Int64:
		return d.Int64(name)
	case Uint32:
		return uint64(d.Uint32(name))
	case Uint64:
		return d.Uint64(name)
	case Float64:
		return d.Float64(name)
	case Time:
		return d.Millis(name)
	case TimeNanos:
		return d.Nanos(name)
	case String:
		return d.String(name)
	case Message:
		m := d.Begin(name)
		v := decodeFields(d, t.message)
		d.End(m, name)
		return v
	case List:
		return decodedList(d, name, t.Elem)
	case Map:
		return codec.DecodeMap(d, name, element(t.Elem))
	}
	return decodedBytes(d, name, t)
}

func decodedBytes(d *codec.Decoder, name string, t *Type) []byte {
	switch {
	case t.Size > 0:
		return d.BytesOf(name, t.Size)
	case t.Max > 0:
		return d.BytesMax(name, t.Max)
	}
	return d.Bytes(name)
}

func decodedList(d *codec.Decoder, name string, elem *Type) []any {
	if elem.Kind == Float64 {
		return codec.DecodeFloats(d, name, element(elem))
	}
	if elem.packed() {
		return codec.DecodePacked(d, name, element(elem))
	}
	return codec.DecodeList(d, name, element(elem))
}

func element(t *Type) func(d *codec.Decoder, name string) any {
	return func(d *codec.Decoder, name string) any { return decoded(d, name, t) }
}
