// Package conformance runs the contract's checks on directories of the
// operating system. It is a package of its own so that it runs beside the
// other tests.
package conformance

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore"
	"github.com/keyfam/keyfam/store/storetest"
)

func TestConformance(t *testing.T) {
	var dir string
	reopen := func(ctx context.Context, _ storetest.TB) (driver.Driver, error) {
		return pebblestore.NewDriver(ctx, dir, nil)
	}
	storetest.Run(t, storetest.Backend{
		Open: func(ctx context.Context, t storetest.TB) (driver.Driver, error) {
			dir = filepath.Join(t.TempDir(), "store")
			return reopen(ctx, t)
		},
		Reopen:    reopen,
		OpenAgain: reopen,
		Dir:       func(storetest.TB) string { return dir },
		Damage:    func(storetest.TB) error { return flipTables(dir) },
	})
}

// flipTables changes a byte in the middle of each table.
func flipTables(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err == nil && len(names) == 0 {
		err = errors.New("no tables to damage")
	}
	for _, name := range names {
		if err == nil {
			err = flip(name)
		}
	}
	return err
}

func flip(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	b[len(b)/2] ^= 0xff
	return os.WriteFile(name, b, 0o600)
}
