package memstore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/storetest"
)

func backend() storetest.Backend {
	return storetest.Backend{Open: func(context.Context, storetest.TB) (driver.Driver, error) {
		return memstore.NewDriver(), nil
	}}
}

func TestConformance(t *testing.T) {
	storetest.Run(t, backend())
}

// thin embeds the driver and adds only Unwrap.
type thin struct{ driver.Driver }

func (w *thin) Unwrap() driver.Driver { return w.Driver }

// A wrapper that embeds the driver loses no power: every check runs, and
// passes.
func TestConformanceWrapped(t *testing.T) {
	wrapped := storetest.Backend{Open: func(context.Context, storetest.TB) (driver.Driver, error) {
		return &thin{&thin{memstore.NewDriver()}}, nil
	}}
	require.Equal(t, storetest.Checks(t, backend()), storetest.Checks(t, wrapped))
	storetest.Run(t, wrapped)
}
