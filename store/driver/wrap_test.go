package driver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// thin embeds the driver and adds no more than Unwrap.
type thin struct{ driver.Driver }

func (t *thin) Unwrap() driver.Driver { return t.Driver }

// byValue is a wrapper that is not comparable.
type byValue struct {
	driver.Driver
	_ []string
}

func (b byValue) Unwrap() driver.Driver { return b.Driver }

// frozen has a power of its own.
type frozen struct{ thin }

func (f *frozen) Snapshot(context.Context, string) (driver.Snapshot, error) {
	return nil, driver.ErrUnsupported
}

// opaque is no wrapper, though it embeds one driver.
type opaque struct{ driver.Driver }

// ring leads to itself, over any number of others.
func ring(n int) driver.Driver {
	first := &thin{}
	var last driver.Driver = first
	for range n - 1 {
		last = &thin{last}
	}
	first.Driver = last
	return last
}

func TestAs(t *testing.T) {
	mem := memstore.NewDriver()
	for name, d := range map[string]driver.Driver{
		"bare": mem, "thin": &thin{mem}, "by value": byValue{Driver: mem},
		"three": &thin{byValue{Driver: &thin{mem}}}, "hundred": layers(mem, 100),
	} {
		t.Run(name, func(t *testing.T) {
			found, ok := driver.As[*memstore.Driver](d)
			assert.True(t, ok)
			assert.Same(t, mem, found)
			from, ok := driver.As[driver.Snapshotter](d)
			assert.True(t, ok)
			assert.Same(t, mem, from)
			_, ok = driver.As[*frozen](d)
			assert.False(t, ok)
			inner, err := driver.Innermost(d)
			require.NoError(t, err)
			assert.Same(t, mem, inner)
		})
	}
}

func layers(d driver.Driver, n int) driver.Driver {
	for range n {
		d = &thin{d}
	}
	return d
}

// The outermost that has a power is asked, also if it only answers that there
// is none.
func TestAsStopsAtTheFirst(t *testing.T) {
	inner := &frozen{thin{memstore.NewDriver()}}
	outer := &frozen{thin{inner}}
	from, ok := driver.As[driver.Snapshotter](&thin{outer})
	require.True(t, ok)
	assert.Same(t, outer, from)
	_, err := from.Snapshot(t.Context(), "")
	assert.ErrorIs(t, err, driver.ErrUnsupported)
}

func TestOpaqueIsItsOwn(t *testing.T) {
	d := &opaque{&thin{memstore.NewDriver()}}
	_, ok := driver.As[driver.Snapshotter](d)
	assert.False(t, ok)
	inner, err := driver.Innermost(d)
	require.NoError(t, err)
	assert.Same(t, d, inner)
}

// What leads nowhere is refused, and nothing hangs or panics.
func TestNothingInside(t *testing.T) {
	for name, d := range map[string]driver.Driver{
		"nil": nil, "nil pointer": (*memstore.Driver)(nil),
		"around nil": &thin{}, "deep around nil": &thin{&thin{}}, "around a nil pointer": &thin{(*memstore.Driver)(nil)},
		"itself": ring(1), "two": ring(2), "seven": ring(7), "into a ring": &thin{ring(3)},
		"not comparable": &thin{struct {
			driver.Driver
			_ []int
		}{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := driver.Innermost(d)
			assert.ErrorIs(t, err, driver.ErrInvalid)
			_, ok := driver.As[*frozen](d)
			assert.False(t, ok)
		})
	}
}

func TestNilWrapper(t *testing.T) {
	for _, d := range []driver.Driver{(*thin)(nil), &thin{(*thin)(nil)}} {
		_, err := driver.Innermost(d)
		assert.ErrorIs(t, err, driver.ErrInvalid)
	}
}
