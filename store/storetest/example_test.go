package storetest_test

import (
	"context"
	"testing"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/storetest"
)

// This is the whole test of a backend in memory. A durable backend sets Reopen
// too, and as many of Crash, FailWrites, OpenAgain, Damage and Dir as it can.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance
		storetest.Run(t, storetest.Backend{
			Open: func(context.Context, storetest.TB) (driver.Driver, error) { return memstore.NewDriver(), nil },
		})
	}
}
