package pebblestore

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
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

// A context that ends at any moment of an Open leaves nothing open, and a
// directory that the next Open takes as it is.
func TestContextEndsDuringOpen(t *testing.T) {
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
