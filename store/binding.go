package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/store/driver"
)

// binding is what a Store is a handle on. It is hidden from printers: a
// namespace may be a phone number, and the driver leads to everything that is
// stored.
//
// Two stores over one backend may reach it through different wrappers. So the
// driver belongs to the binding, and the engine to the backend.
type binding struct {
	driver    driver.Driver
	engine    *engine
	set       *settings
	namespace string
}

func newBinding(ctx context.Context, d driver.Driver, o *Options) (*binding, error) {
	if ctx == nil {
		return nil, errNilContext
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	backend, err := driver.Innermost(d)
	if err != nil {
		return nil, err
	}
	if o != nil && o.Wrap != nil {
		if d, err = wrap(ctx, d, backend, o); err != nil {
			return nil, err
		}
	}
	set, err := newSettings(o, d.Info())
	if err != nil {
		return nil, err
	}
	return &binding{driver: set.traced(d), engine: engineOf(backend), set: set}, nil
}

// wrap calls Options.Wrap. It checks the other options first: if one were bad,
// nobody would close the wrapper. It refuses a result that does not wrap the
// backend: stores over it would not share labels with the backend's other
// stores.
func wrap(ctx context.Context, d, backend driver.Driver, o *Options) (driver.Driver, error) {
	if _, err := newSettings(o, driver.Info{Durability: Replicated}); err != nil {
		return nil, err
	}
	outer, err := o.Wrap(ctx, d)
	if err != nil {
		return nil, err
	}
	inside, err := driver.Innermost(outer)
	if err != nil {
		return nil, fmt.Errorf("what Options.Wrap returned: %w", err)
	}
	if inside != backend {
		return nil, fmt.Errorf("%w: what Options.Wrap returned does not unwrap to the driver that it was given; it needs the method Unwrap", ErrInvalid)
	}
	return outer, nil
}
