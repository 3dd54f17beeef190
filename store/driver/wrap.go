package driver

import (
	"fmt"
	"reflect"
)

// Wrapper is a driver around another. Package store treats all wrappers of one
// backend as ways to that backend: stores over any of them share labels, gates
// and Close, and each sends its calls through its own.
//
// A wrapper that embeds the inner [Driver] and adds Unwrap, such as
//
//	type traced struct{ driver.Driver }
//
//	func (t *traced) Unwrap() driver.Driver { return t.Driver }
//
// loses no optional power: [As] finds what the inner driver offers. That goes
// past the wrapper. So a wrapper that changes what it passes on, as one that
// encrypts values does, must have every optional power itself, and either apply
// its change there too or answer [ErrUnsupported]; and so must one that has to
// see every call.
//
// Close of a wrapper closes the inner driver. If stores over several wrappers
// of one backend are open, only the wrapper whose store is closed first gets
// Close, since the backend is closed once.
type Wrapper interface {
	Driver
	// Unwrap returns the driver inside: the same at each call, and not nil.
	Unwrap() Driver
}

// maxLayers is more wrappers than there ever are around one backend: those that
// lead in a circle end there.
const maxLayers = 1000

// As returns the driver as a T, or else the first driver inside of its wrappers,
// from the outside in, that is a T. Every optional power is reached so. Its
// methods may still answer [ErrUnsupported], if a wrapper has a power that the
// driver inside lacks, or must not lend it: then do without. Do not look further
// inside, past that wrapper.
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

// Innermost returns the driver inside all wrappers: d itself, if it is none. It
// stands for the backend.
//
// The error is [ErrInvalid] if there is no driver inside, if the wrappers lead in
// a circle, or if the driver found is not comparable, as a struct with a slice is
// not: make it a pointer.
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

// isNil reports whether there is no driver, or a nil pointer in its place.
func isNil(d Driver) bool {
	if d == nil {
		return true
	}
	v := reflect.ValueOf(d)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// checkComparable refuses what cannot be the key of a map.
func checkComparable(d Driver) error {
	if reflect.ValueOf(d).Comparable() {
		return nil
	}
	return fmt.Errorf("%w: the driver is not comparable; make it a pointer", ErrInvalid)
}
