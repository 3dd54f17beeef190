package codec

import (
	"encoding"
	"reflect"
)

// Clone returns a copy of a message that shares no memory with it, with the fields
// that the schema does not know. Nil stays nil and empty stays empty.
//
// A Go type of the user is copied by its method Clone, if it has one, or else
// through the bytes that it marshals to. If neither works it is copied as = does.
func Clone[T any](message T) T {
	fields(reflect.ValueOf(&message).Elem())
	return message
}

// fields gives each field of a struct memory of its own. A field that is not
// exported is one that nobody changes.
func fields(message reflect.Value) {
	for _, field := range message.Fields() {
		if field.CanSet() {
			field.Set(cloned(field))
		}
	}
}

func cloned(v reflect.Value) reflect.Value {
	if isFlat(v.Type()) {
		return v
	}
	switch v.Kind() {
	case reflect.Pointer:
		return clonedPointer(v)
	case reflect.Slice:
		if own, ok := byMethod(v); ok {
			return own
		}
		return clonedList(v)
	case reflect.Map:
		if own, ok := byMethod(v); ok {
			return own
		}
		return clonedMap(v)
	}
	if own, ok := byMethod(v); ok {
		return own
	}
	return marshaled(v)
}

// isFlat reports whether = copies all of a type.
func isFlat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Struct, reflect.Interface:
		return false
	case reflect.Array:
		return isFlat(t.Elem())
	}
	return true
}

func clonedPointer(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	own := reflect.New(v.Type().Elem())
	own.Elem().Set(cloned(v.Elem()))
	return own
}

func clonedList(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(own, v)
	if !isFlat(v.Type().Elem()) {
		for i := range own.Len() {
			own.Index(i).Set(cloned(v.Index(i)))
		}
	}
	return own
}

func clonedMap(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	own := reflect.MakeMapWithSize(v.Type(), v.Len())
	for k, e := range v.Seq2() {
		own.SetMapIndex(k, cloned(e))
	}
	return own
}

// byMethod calls the method Clone of messages, secrets and types that have one.
func byMethod(v reflect.Value) (own reflect.Value, ok bool) {
	m := v.MethodByName("Clone")
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 || m.Type().Out(0) != v.Type() {
		return own, false
	}
	return m.Call(nil)[0], true
}

// marshaled copies a Go type of the user through its bytes.
func marshaled(v reflect.Value) reflect.Value {
	from, own := reflect.New(v.Type()), reflect.New(v.Type())
	from.Elem().Set(v)
	out, canMarshal := from.Interface().(encoding.BinaryMarshaler)
	in, canUnmarshal := own.Interface().(encoding.BinaryUnmarshaler)
	if !canMarshal || !canUnmarshal {
		return v
	}
	b, err := out.MarshalBinary()
	if err != nil || in.UnmarshalBinary(b) != nil {
		return v
	}
	return own.Elem()
}
