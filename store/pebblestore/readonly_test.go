package pebblestore

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// unwritable is a disk that refuses every change with that error number.
func unwritable(disk vfs.FS, errno syscall.Errno) vfs.FS {
	inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpLock || op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return errno
		}
		return nil
	})
	return reused{errorfs.Wrap(disk, inject), inject}
}

// A store on a medium that cannot be written can be read, after Close and
// after a kill. The log says which lock it has.
func TestReadOnlyMedium(t *testing.T) {
	closed, h := vfs.NewMem(), &history{}
	b, err := openBackend("db", small(closed))
	require.NoError(t, err)
	require.NoError(t, h.run(b, func() bool { return h.acked.Load() >= 40 }))
	left := killed(t, closed)
	require.NoError(t, b.Close())
	for _, disk := range []*vfs.MemFS{closed, left} {
		for _, errno := range []syscall.Errno{syscall.EROFS, syscall.EACCES, syscall.EPERM} {
			var lines bytes.Buffer
			o := small(unwritable(disk, errno))
			o.ReadOnly, o.Logger = true, slog.New(slog.NewTextHandler(&lines, nil))
			b, err := openBackend("db", o)
			require.NoError(t, err, errno)
			verify(t, b, "", 40, 40)
			require.ErrorIs(t, b.Commit(ctx, "n", &driver.Commit{Deletes: driver.ClearRanges()}), driver.ErrReadOnly)
			require.NoError(t, b.Close())
			assert.Contains(t, lines.String(), "lock=none")

			_, err = openBackend("db", small(unwritable(disk, errno)))
			require.ErrorIs(t, err, driver.ErrUnavailable, errno)
			require.ErrorIs(t, err, errno)
		}
	}
}

// A store that the reader may only read is opened under a shared lock.
func TestReadOnlyFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the modes of Windows are others")
	}
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	require.NoError(t, b.Close())
	for _, name := range namesIn(t, dir) {
		require.NoError(t, os.Chmod(filepath.Join(dir, name), 0o400))
	}
	require.NoError(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	for _, lock := range []string{"there", "gone"} {
		if lock == "gone" {
			require.NoError(t, os.Chmod(dir, 0o700))
			require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
			require.NoError(t, os.Chmod(dir, 0o500))
		}
		before := namesIn(t, dir)
		var lines bytes.Buffer
		b, err := openBackend(dir, &Options{ReadOnly: true, Logger: slog.New(slog.NewTextHandler(&lines, nil))})
		require.NoError(t, err, lock)
		assert.Equal(t, "1", string(get(t, b, "a").Value))
		require.NoError(t, b.Close())
		assert.Contains(t, lines.String(), "lock=shared")
		assert.Equal(t, before, namesIn(t, dir))
	}
}
