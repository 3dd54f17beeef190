package pebblestore

import (
	"context"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/storetest"
)

// TestConformanceInMemory runs the suite on a disk whose power can be cut and
// that can be full, through a wrapper that embeds the driver. The wrapper
// hides no check of the suite.
func TestConformanceInMemory(t *testing.T) {
	bare, wrapped := inMemory(), inMemory()
	for _, open := range []*func(context.Context, storetest.TB) (driver.Driver, error){&wrapped.Open, &wrapped.Reopen} {
		inner := *open
		*open = func(ctx context.Context, t storetest.TB) (driver.Driver, error) {
			d, err := inner(ctx, t)
			if err != nil {
				return nil, err
			}
			return &thin{d}, nil
		}
	}
	require.Equal(t, storetest.Checks(t, bare), storetest.Checks(t, wrapped))
	storetest.Run(t, wrapped)
}

// thin embeds the driver and adds no more than Unwrap.
type thin struct{ driver.Driver }

func (w *thin) Unwrap() driver.Driver { return w.Driver }

func inMemory() storetest.Backend {
	var mem *vfs.MemFS
	var disk *full
	var last *backend
	reopen := func(context.Context, storetest.TB) (driver.Driver, error) {
		disk = newFull(mem)
		b, err := openBackend("db", small(disk))
		if err != nil {
			return nil, err
		}
		last = b
		return b, nil
	}
	return storetest.Backend{
		Open: func(ctx context.Context, t storetest.TB) (driver.Driver, error) {
			mem = vfs.NewCrashableMem()
			return reopen(ctx, t)
		},
		Reopen: reopen,
		Crash: func(storetest.TB) error {
			// The mark first: what is acknowledged after the clone
			// would be lost.
			last.fail.Set(errPowerCut)
			mem = mem.CrashClone(vfs.CrashCloneCfg{})
			return nil
		},
		FailWrites: func(storetest.TB) func() {
			disk.on.Store(true)
			return func() { disk.on.Store(false) }
		},
	}
}

var errPowerCut = fault.Failure(errors.New("power cut"))
