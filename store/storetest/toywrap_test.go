package storetest

import (
	"context"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// wrap returns the driver of a new store, and the driver by which its engine
// is found.
func (t *toys) wrap(ctx context.Context, d driver.Driver, o *store.Options) (outer, backend driver.Driver, err error) {
	backend, err = driver.Innermost(d)
	if err != nil || o == nil || o.Wrap == nil || t.fault == "Wrap is ignored" {
		return d, t.foundBy(d, backend), err
	}
	outer, err = o.Wrap(ctx, d)
	if t.fault == "the error of Wrap is ignored" && err != nil {
		return d, backend, nil
	}
	if err != nil {
		return nil, nil, err
	}
	inside, err := driver.Innermost(outer)
	if err == nil && inside != backend && t.fault != "anything is a wrapper" {
		err = store.ErrInvalid
	}
	return outer, t.foundBy(outer, inside), err
}

func (t *toys) foundBy(outer, backend driver.Driver) driver.Driver {
	if t.fault == "an engine for each wrapper" {
		return outer
	}
	return backend
}

// toyPower is an optional power of the backend.
func toyPower[T any](s *toyStore) (power T, ok bool) {
	if s.e.is("powers of the outermost driver only") {
		power, ok = s.d.(T)
		return power, ok
	}
	if s.e.is("powers of the innermost driver first") {
		if inner, err := driver.Innermost(s.d); err == nil {
			return driver.As[T](inner)
		}
	}
	return driver.As[T](s.d)
}
