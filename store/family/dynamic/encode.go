package dynamic

import (
	"time"

	"github.com/keyfam/keyfam/store/family/codec"
)

// encode writes a value in the same way as generated code.
func encode(e *codec.Encoder, t *Type, v any) {
	switch {
	case t.Kind == Message:
		encodeFields(t.message)(e, v)
	case t.wrapped():
		encodeField(e, 1, "value", t, v)
	case t.Kind == String:
		codec.EncodeString(e, v.(string))
	case t.Max > 0:
		codec.EncodeMax(e, v.([]byte), t.Max)
	default:
		codec.EncodeBytes(e, v.([]byte))
	}
}

func encodeFields(m *message) func(*codec.Encoder, any) {
	return func(e *codec.Encoder, v any) {
		is := v.(*fields)
		for i, f := range m.fields {
			encodeField(e, f.number, f.name, f.typ, is.values[i])
		}
		e.Unknown(is.unknown)
	}
}

// encodeField writes a field unless it is absent or has its default value.
func encodeField(e *codec.Encoder, number int, name string, t *Type, v any) {
	switch {
	case v == nil:
	case t.Kind == List:
		encodeList(e, number, name, t.Elem, v.([]any))
	case t.Kind == Map:
		for k, one := range codec.Sorted(v.(map[string]any)) {
			m := e.Begin(number)
			e.String(1, name, k)
			encoded(e, 2, name, t.Elem, one)
			e.End(m)
		}
	case t.Optional || t.required() || t.Kind == Go || !isDefault(v):
		encoded(e, number, name, t, v)
	}
}

func isDefault(v any) bool {
	switch v := v.(type) {
	case bool:
		return !v
	case int64:
		return v == 0
	case uint64:
		return v == 0
	case float64:
		return codec.IsZero(v)
	case time.Time:
		return v.IsZero()
	case string:
		return v == ""
	case []byte:
		return len(v) == 0
	}
	return false
}

// encoded writes a field, also if it has its default value.
func encoded(e *codec.Encoder, number int, name string, t *Type, v any) {
	switch v := v.(type) {
	case bool:
		e.Bool(number, v)
	case int64:
		e.Int64(number, v)
	case uint64:
		e.Uint64(number, v)
	case float64:
		e.Float64(number, name, v)
	case time.Time:
		if t.Kind == TimeNanos {
			e.Nanos(number, name, v)
		} else {
			e.Millis(number, name, v)
		}
	case string:
		e.String(number, name, v)
	case *fields:
		codec.EncodeMessage(e, number, any(v), encodeFields(t.message))
	case []byte:
		if t.Max > 0 {
			e.BytesMax(number, name, v, t.Max)
		} else {
			e.Bytes(number, v)
		}
	}
}

func encodeList(e *codec.Encoder, number int, name string, elem *Type, list []any) {
	switch {
	case len(list) == 0:
	case elem.Kind == Float64:
		e.Float64List(number, name, all[float64](list))
	case elem.Kind == Time:
		e.MillisList(number, name, all[time.Time](list))
	case elem.Kind == TimeNanos:
		e.NanosList(number, name, all[time.Time](list))
	case elem.packed():
		codec.EncodePacked(e, number, numbers(list))
	default:
		for _, one := range list {
			encoded(e, number, name, elem, one)
		}
	}
}

// all converts a list whose elements have one type.
func all[T any](list []any) []T {
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = v.(T)
	}
	return out
}

// numbers converts a list of numbers or booleans to the numbers that are
// written.
func numbers(list []any) []uint64 {
	out := make([]uint64, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case bool:
			if v {
				out[i] = 1
			}
		case int64:
			out[i] = uint64(v)
		case uint64:
			out[i] = v
		}
	}
	return out
}
