package markers

import (
	"reflect"
	"unsafe"
)

// walk returns all text that package reflect reaches from v. It calls no
// methods and reads unexported fields, as go-spew, kr/pretty and go-cmp do.
func walk(v any) string {
	w := walker{seen: map[visit]bool{}}
	w.value(reflect.ValueOf(v))
	return string(w.found)
}

type visit struct {
	at   unsafe.Pointer
	kind reflect.Type
}

type walker struct {
	seen  map[visit]bool
	found []byte
}

func (w *walker) text(s string) { w.found = append(append(w.found, s...), '\n') }

func (w *walker) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.text(v.String())
	case reflect.Interface:
		w.value(v.Elem())
	case reflect.Pointer:
		if w.first(v.UnsafePointer(), v.Type()) {
			w.value(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.value(v.Field(i))
		}
	case reflect.Map:
		if w.first(v.UnsafePointer(), v.Type()) {
			for k, e := range v.Seq2() {
				w.value(k)
				w.value(e)
			}
		}
	case reflect.Slice:
		if v.Len() > 0 && w.first(v.UnsafePointer(), v.Type()) {
			w.list(v)
		}
	case reflect.Array:
		w.list(v)
	}
}

// first reports whether this pointer of this type is new.
func (w *walker) first(at unsafe.Pointer, kind reflect.Type) bool {
	k := visit{at, kind}
	if at == nil || w.seen[k] {
		return false
	}
	w.seen[k] = true
	return true
}

func (w *walker) list(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b := make([]byte, v.Len())
		for i := range b {
			b[i] = byte(v.Index(i).Uint())
		}
		w.text(string(b))
		return
	}
	for i := range v.Len() {
		w.value(v.Index(i))
	}
}
