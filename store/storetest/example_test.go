package storetest_test

import (
	"context"
	"testing"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/storetest"
)

// The whole test of a backend in memory. One that claims to be durable gives
// Reopen too, and as much of Crash, FailWrites, OpenAgain, Damage and Dir as it can.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance
		storetest.Run(t, storetest.Backend{
			Open: func(context.Context, storetest.TB) (driver.Driver, error) { return memstore.NewDriver(), nil },
		})
	}
}
