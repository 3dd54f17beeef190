package familytest

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/keyfam/keyfam/store/family"
)

// Equal fails the test and returns false if want and got differ. They may be
// values, entries, ids, or maps and slices of them. It shows each difference
// with its path, and secrets as [family.Redacted]. Two values are equal if
// reflect.DeepEqual or their method Equal says so.
//
// Testify's Equal agrees for secrets that hold bytes and shows no secret
// either, but for secrets that differ it shows only addresses and hashes.
func Equal(t testing.TB, want, got any) bool {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return true
	}
	d := differ{t: t}
	d.compare("", reflect.ValueOf(want), reflect.ValueOf(got))
	return d.found == 0
}

// most is how many differences are shown.
const most = 20

// differ compares two values part by part.
type differ struct {
	t     testing.TB
	found int
}

func (d *differ) report(path string, want, got reflect.Value) {
	d.t.Helper()
	if d.found++; d.found <= most {
		d.t.Errorf("differs%s: want %s, got %s", at(path), shown(want), shown(got))
	}
}

func at(path string) string {
	if path == "" {
		return ""
	}
	return " at " + path
}

// shown returns a value as fmt prints it, with secrets redacted.
func shown(v reflect.Value) string {
	if !v.IsValid() {
		return "nothing"
	}
	return fmt.Sprintf("%+v", v.Interface())
}

func (d *differ) compare(path string, want, got reflect.Value) {
	d.t.Helper()
	if !want.IsValid() || !got.IsValid() || want.Type() != got.Type() {
		d.report(path, want, got)
		return
	}
	if reflect.DeepEqual(want.Interface(), got.Interface()) || sameSecret(want, got) {
		return
	}
	switch want.Kind() {
	case reflect.Pointer, reflect.Interface:
		if want.IsNil() || got.IsNil() {
			d.report(path, want, got)
			return
		}
		d.compare(path, want.Elem(), got.Elem())
	case reflect.Struct:
		d.fields(path, want, got)
	case reflect.Map:
		d.entries(path, want, got)
	case reflect.Slice:
		d.elements(path, want, got)
	default:
		d.report(path, want, got)
	}
}

// sameSecret calls the method Equal, if there is one. For Secret32 the zero
// value is equal to 32 zeros.
func sameSecret(want, got reflect.Value) bool {
	equal := want.MethodByName("Equal")
	if !equal.IsValid() || equal.Type().NumIn() != 1 || equal.Type().In(0) != got.Type() || equal.Type().NumOut() != 1 {
		return false
	}
	result := equal.Call([]reflect.Value{got})[0]
	return result.Kind() == reflect.Bool && result.Bool()
}

// fields compares the exported fields. If they are equal, the difference is in
// the unexported ones, which hold the fields of newer schemas.
func (d *differ) fields(path string, want, got reflect.Value) {
	d.t.Helper()
	before, open := d.found, 0
	for i := range want.NumField() {
		if f := want.Type().Field(i); f.IsExported() {
			open++
			d.compare(path+"."+f.Name, want.Field(i), got.Field(i))
		}
	}
	if d.found > before {
		return
	}
	if open == 0 {
		d.report(path, want, got)
	} else if !reflect.DeepEqual(unexported(want), unexported(got)) {
		d.report(path+", what newer schemas wrote", reflect.ValueOf(family.Redacted), reflect.ValueOf("other bytes"))
	}
}

// unexported returns a copy of a struct with its exported fields zeroed.
func unexported(v reflect.Value) any {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	for i := range c.NumField() {
		if c.Type().Field(i).IsExported() {
			c.Field(i).SetZero()
		}
	}
	return c.Interface()
}

func (d *differ) entries(path string, want, got reflect.Value) {
	d.t.Helper()
	if want.IsNil() != got.IsNil() {
		d.report(path, want, got)
		return
	}
	for k, v := range want.Seq2() {
		d.compare(fmt.Sprintf("%s[%v]", path, k), v, got.MapIndex(k))
	}
	for k, v := range got.Seq2() {
		if !want.MapIndex(k).IsValid() {
			d.report(fmt.Sprintf("%s[%v]", path, k), reflect.Value{}, v)
		}
	}
}

func (d *differ) elements(path string, want, got reflect.Value) {
	d.t.Helper()
	if want.IsNil() != got.IsNil() || want.Type().Elem().Kind() == reflect.Uint8 {
		d.report(path, want, got)
		return
	}
	for i := range max(want.Len(), got.Len()) {
		d.compare(fmt.Sprintf("%s[%d]", path, i), element(want, i), element(got, i))
	}
}

// element returns an element of a list, the zero Value behind its end.
func element(list reflect.Value, i int) reflect.Value {
	if i < list.Len() {
		return list.Index(i)
	}
	return reflect.Value{}
}
