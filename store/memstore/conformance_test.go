package memstore_test

import (
	"context"
	"testing"

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
