package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

func TestOpenWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "store")
	_, err := Open(ctx, dir, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	var none context.Context
	_, err = Open(none, dir, nil)
	require.ErrorIs(t, err, store.ErrInvalid)
}

// A context may end at any moment of an Open. Then nothing stays open, and the
// next Open succeeds.
func TestContextEndsDuringOpen(t *testing.T) {
	t.Parallel()
	ended := 0
	for at := 1; ; at++ {
		ctx, cancel := context.WithCancel(t.Context())
		disk := vfs.NewCrashableMem()
		reached := false
		files := counted(disk, func(n int) error {
			if n == at {
				reached = true
				cancel()
			}
			return nil
		})
		st, err := Open(ctx, "db", small(files))
		if !reached {
			require.NoError(t, err)
			require.NoError(t, st.Close())
			break
		}
		require.ErrorIs(t, err, context.Canceled, "operation %d", at)
		ended++
		st, err = Open(t.Context(), "db", small(disk))
		require.NoError(t, err, "operation %d", at)
		require.NoError(t, st.Close())
	}
	assert.Greater(t, ended, 10)
}

// wrapped are the ways to wrap a driver, for New and for Options.Wrap.
var wrapped = map[string]func(driver.Driver) driver.Driver{
	"thin":  func(d driver.Driver) driver.Driver { return &thin{d} },
	"twice": func(d driver.Driver) driver.Driver { return &thin{&thin{d}} },
}

// Metrics and Checkpoint work through wrappers. Stores with and without
// wrappers share the directory and its one Close.
func TestAdministerWrapped(t *testing.T) {
	for name, in := range wrapped {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			byOption, err := Open(t.Context(), filepath.Join(top, "store"), &Options{Store: store.Options{
				Wrap: func(_ context.Context, d driver.Driver) (driver.Driver, error) { return in(d), nil },
			}})
			require.NoError(t, err)
			bare, err := driver.Innermost(byOption.Driver())
			require.NoError(t, err)
			all := []*store.Store{byOption}
			for _, d := range []driver.Driver{bare, in(bare), in(bare)} {
				st, err := store.New(t.Context(), d, nil)
				require.NoError(t, err)
				all = append(all, st)
			}
			for i, st := range all {
				require.NoError(t, st.Set(t.Context(), new(store.DataSet).Put("f", "a", []byte("1"))))
				m, err := Metrics(st.Namespace("x"))
				require.NoError(t, err)
				assert.NotNil(t, m)
				copied := filepath.Join(top, fmt.Sprint("copy", i))
				require.NoError(t, Checkpoint(st, copied))
				there, err := Open(t.Context(), copied, nil)
				require.NoError(t, err)
				require.NoError(t, there.Close())
				names, err := st.Namespaces(t.Context())
				require.NoError(t, err)
				assert.Equal(t, []string{""}, names)
			}
			for _, st := range all {
				require.NoError(t, st.Close())
				_, err := Metrics(st)
				require.ErrorIs(t, err, store.ErrClosed)
			}
		})
	}
}

// Whatever fails after the directory was opened, the next Open finds it free.
func TestFailedWrapFreesTheDirectory(t *testing.T) {
	errWrap := errors.New("the wrapper's own")
	for name, wrap := range map[string]func(context.Context, driver.Driver) (driver.Driver, error){
		"error":           func(context.Context, driver.Driver) (driver.Driver, error) { return nil, errWrap },
		"nothing":         func(context.Context, driver.Driver) (driver.Driver, error) { return nil, nil },
		"another backend": func(context.Context, driver.Driver) (driver.Driver, error) { return memstore.NewDriver(), nil },
		"no Unwrap": func(_ context.Context, d driver.Driver) (driver.Driver, error) {
			return struct{ driver.Driver }{d}, nil
		},
		"panic":  func(context.Context, driver.Driver) (driver.Driver, error) { panic("wrap") },
		"Goexit": func(context.Context, driver.Driver) (driver.Driver, error) { runtime.Goexit(); return nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			ended := make(chan error, 1)
			go func() {
				err := errors.New("no return")
				defer func() {
					_ = recover()
					ended <- err
				}()
				_, err = Open(t.Context(), dir, &Options{Store: store.Options{Wrap: wrap}})
			}()
			err := <-ended
			require.Error(t, err)
			switch name {
			case "error":
				require.ErrorIs(t, err, errWrap)
			case "nothing", "another backend", "no Unwrap":
				require.ErrorIs(t, err, store.ErrInvalid)
			}
			st, err := Open(t.Context(), dir, nil)
			require.NoError(t, err)
			require.NoError(t, st.Close())
		})
	}
}

// NewDriver returns the driver without a store.
func TestNewDriver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	d, err := NewDriver(t.Context(), dir, nil)
	require.NoError(t, err)
	_, err = NewDriver(t.Context(), dir, nil)
	require.ErrorIs(t, err, ErrLocked)
	st, err := store.New(t.Context(), &thin{d}, nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	d, err = NewDriver(t.Context(), dir, &Options{CacheBytes: -1})
	require.ErrorIs(t, err, store.ErrInvalid)
	require.Nil(t, d)
}
