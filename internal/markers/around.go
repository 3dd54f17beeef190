package markers

import (
	"reflect"
	"unsafe"
)

// A place is a value inside another one.
type place struct {
	name  string
	value any
}

// around returns the value in everything that users put values in. Unexported
// fields leak most: fmt calls no methods on them.
func around(v any) []place {
	t := reflect.TypeOf(v)
	in := reflect.ValueOf(v)
	all := []place{
		{"itself", v},
		{"pointer", pointer(in).Interface()},
		{"slice", reflect.Append(reflect.MakeSlice(reflect.SliceOf(t), 0, 1), in).Interface()},
		{"array", reflect.Append(reflect.MakeSlice(reflect.SliceOf(t), 0, 1), in).Convert(reflect.ArrayOf(1, t)).Interface()},
		{"any in a slice", []any{v}},
		{"map", mapOf(reflect.ValueOf("k"), in)},
		{"exported field", field("In", "", in)},
		{"field", field("in", "x", in)},
		{"field of any", struct{ in any }{v}},
		{"pointer field", field("in", "x", pointer(in))},
		{"pointer to a field", pointer(reflect.ValueOf(field("in", "x", in))).Interface()},
		{"field in a field", field("in", "x", reflect.ValueOf(field("in", "x", in)))},
	}
	if in.Comparable() {
		all = append(all, place{"map key", mapOf(in, reflect.ValueOf(1))})
	}
	return all
}

func pointer(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p
}

func mapOf(k, v reflect.Value) any {
	m := reflect.MakeMap(reflect.MapOf(k.Type(), v.Type()))
	m.SetMapIndex(k, v)
	return m.Interface()
}

// field returns a struct with the value in its only field.
func field(name, pkg string, v reflect.Value) any {
	t := reflect.StructOf([]reflect.StructField{{Name: name, PkgPath: pkg, Type: v.Type()}})
	s := reflect.New(t).Elem()
	reflect.NewAt(v.Type(), unsafe.Pointer(s.Field(0).UnsafeAddr())).Elem().Set(v)
	return s.Interface()
}
