package driver

import (
	"fmt"
	"reflect"
)

// Wrapper is a driver around another one. Package store sees all wrappers of
// one backend as ways to that backend: stores over any of them share labels,
// gates and Close. Each store sends its calls through its own wrapper.
//
// A wrapper that embeds the inner [Driver] and adds Unwrap, such as
//
//	type traced struct{ driver.Driver }
//
//	func (t *traced) Unwrap() driver.Driver { return t.Driver }
//
// loses no optional power: [As] finds what the inner driver offers. Such a
// power goes past the wrapper. So a wrapper that changes what it passes on, as
// one that encrypts values does, must have every optional power itself. There
// it applies its change too, or answers [ErrUnsupported]. The same holds for a
// wrapper that must see every call.
//
// Close of a wrapper closes the inner driver. A backend is closed once: of
// several wrappers whose stores are open, only that of the store that is
// closed first gets Close.
type Wrapper interface {
	Driver
	// Unwrap returns the driver inside: the same at each call, and not nil.
	Unwrap() Driver
}

// maxLayers is more wrappers than one backend ever has. A search through
// wrappers that form a circle ends there.
const maxLayers = 1000

// As returns the driver as a T. If it is none, As looks inside its wrappers,
// from the outside in, and returns the first driver that is a T. Every
// optional power is found in this way.
//
// The methods of the power may still answer [ErrUnsupported]: a wrapper may
// offer a power that its inner driver lacks, or withhold one. Then do without;
// do not look further inside.
func As[T any](d Driver) (power T, ok bool) {
	for range maxLayers {
		if power, ok = d.(T); ok {
			break
		}
		w, wraps := d.(Wrapper)
		if !wraps {
			break
		}
		d = w.Unwrap()
	}
	return power, ok
}

// Innermost returns the driver inside all wrappers, which stands for the
// backend. It is d itself if d is no wrapper.
//
// The error is [ErrInvalid] if there is no driver inside, if the wrappers form
// a circle, or if the driver found is not comparable. A struct with a slice is
// not; make it a pointer.
func Innermost(d Driver) (Driver, error) {
	for range maxLayers {
		if isNil(d) {
			return nil, fmt.Errorf("%w: nil driver", ErrInvalid)
		}
		w, wraps := d.(Wrapper)
		if !wraps {
			return d, checkComparable(d)
		}
		d = w.Unwrap()
	}
	return nil, fmt.Errorf("%w: the driver is wrapped around itself", ErrInvalid)
}

// isNil reports whether d is nil or a nil pointer.
func isNil(d Driver) bool {
	if d == nil {
		return true
	}
	v := reflect.ValueOf(d)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// checkComparable refuses what cannot be a key of a map.
func checkComparable(d Driver) error {
	if reflect.ValueOf(d).Comparable() {
		return nil
	}
	return fmt.Errorf("%w: the driver is not comparable; make it a pointer", ErrInvalid)
}
