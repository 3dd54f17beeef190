package markers

import "reflect"

// Accessors calls the methods of generated handles that have no parameters. It
// returns the results whose types are of the same package, such as
// repositories, by the names of the types.
func Accessors(handles ...any) map[string][]any {
	all := map[string][]any{}
	for _, h := range handles {
		v := reflect.ValueOf(h)
		own := v.Type().Elem().PkgPath()
		for i := range v.NumMethod() {
			t := v.Method(i).Type()
			if t.NumIn() > 0 || t.NumOut() != 1 {
				continue
			}
			result := v.Method(i).Call(nil)[0].Interface()
			if packageOf(result) == own {
				all[typeName(result)] = append(all[typeName(result)], result)
			}
		}
	}
	return all
}

func packageOf(v any) string {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}
