package pebblestore

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// A checkpoint of a store that is being written holds every commit that was
// acknowledged before it, each one whole. It is a store of its own.
func TestCheckpoint(t *testing.T) {
	top := t.TempDir()
	st, err := Open(t.Context(), filepath.Join(top, "store"), &Options{memTable: 64 << 10})
	require.NoError(t, err)
	b, _ := backendOf(st)
	ws := newWriters(4)
	reached, stop := ws.start(b, 300)
	<-reached
	acked := ws.acked()
	require.NoError(t, os.MkdirAll(filepath.Join(top, "copy.partial", "of somebody else"), 0o700))
	require.NoError(t, Checkpoint(st, filepath.Join(top, "copy")))
	tried := ws.tried()
	stop()

	require.ErrorIs(t, Checkpoint(st, filepath.Join(top, "copy")), fs.ErrExist)
	require.ErrorIs(t, Checkpoint(st, filepath.Join(top, "store")), fs.ErrExist)
	m, err := Metrics(st)
	require.NoError(t, err)
	assert.NotZero(t, m.WAL.BytesWritten)

	copied, err := openBackend(filepath.Join(top, "copy"), &Options{})
	require.NoError(t, err)
	now := ws.acked()
	ws.resume(t, copied, acked, tried)
	commitsBefore := ws.acked()
	require.NoError(t, copied.Commit(ctx, ws[0].namespace, ptr(step(commitsBefore[0]+1))))
	require.NoError(t, copied.Close())
	for i, h := range ws {
		verify(t, b, h.namespace, now[i], now[i])
	}
	require.NoError(t, st.Close())
	assert.DirExists(t, filepath.Join(top, "copy.partial", "of somebody else"))
	assert.ElementsMatch(t, []string{"store", "copy", "copy.partial"}, namesIn(t, top))
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestCheckpointPlaces checks where a checkpoint may go, and that a refused
// one leaves nothing behind.
func TestCheckpointPlaces(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "store")
	st, err := Open(t.Context(), dir, nil)
	require.NoError(t, err)
	require.NoError(t, st.Set(ctx, new(store.DataSet).Put("session", "a", []byte("1"))))
	require.NoError(t, os.Symlink(dir, filepath.Join(top, "link")))
	require.NoError(t, os.WriteFile(filepath.Join(top, "file"), nil, 0o600))

	require.NoError(t, Checkpoint(st, filepath.Join(top, "slash")+"/"))
	require.NoError(t, Checkpoint(st, filepath.Join(top, "made", "on the way", "copy")))
	before := namesIn(t, dir)
	for _, inside := range []string{"store/copy", "store/deep/copy", "link/copy", "store/../store/copy"} {
		err := Checkpoint(st, filepath.Join(top, inside))
		require.ErrorIs(t, err, store.ErrInvalid, inside)
	}
	require.ErrorIs(t, Checkpoint(st, ""), store.ErrInvalid)
	err = Checkpoint(st, filepath.Join(top, "file", "copy"))
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.NotErrorIs(t, err, store.ErrCorrupt)
	assert.ElementsMatch(t, before, namesIn(t, dir))
	assert.ElementsMatch(t, []string{"store", "link", "file", "slash", "made"}, namesIn(t, top))
	require.NoError(t, st.Close())

	for _, name := range []string{"slash", "made/on the way/copy"} {
		found, err := readAll(filepath.Join(top, name), "")
		require.NoError(t, err)
		assert.Len(t, found, 1)
	}
	st, err = Open(t.Context(), dir, &Options{ReadOnly: true})
	require.NoError(t, err)
	require.ErrorIs(t, Checkpoint(st, filepath.Join(top, "readonly")), store.ErrReadOnly)
	require.NoError(t, st.Close())
}

// A checkpoint that fails leaves nothing behind.
func TestCheckpointOnAFullDisk(t *testing.T) {
	var left atomic.Int64
	disk := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasPrefix(op.Path, "copy") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && left.Add(-1) == 0 {
			return syscall.ENOSPC
		}
		return nil
	}))
	b := openMem(t, disk)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	before, err := disk.List("")
	require.NoError(t, err)
	failures := 0
	for ; ; failures++ {
		left.Store(int64(failures + 1))
		err := b.use(func() error { return b.checkpoint("copy") })
		if err == nil {
			break
		}
		require.ErrorIs(t, err, driver.ErrUnavailable)
		require.NoError(t, b.fail.Err())
		names, err := disk.List("")
		require.NoError(t, err)
		require.ElementsMatch(t, before, names, "failure %d", failures)
	}
	assert.Greater(t, failures, 20)
	require.NoError(t, b.Close())
}

// A checkpoint has a ledger too: a log that was cut is damage.
func TestDamagedCheckpoint(t *testing.T) {
	top := t.TempDir()
	st, err := Open(t.Context(), filepath.Join(top, "store"), nil)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, st.Set(ctx, new(store.DataSet).Put("session", "a", []byte("1"))))
	}
	require.NoError(t, Checkpoint(st, filepath.Join(top, "copy")))
	require.NoError(t, st.Close())
	logs, err := filepath.Glob(filepath.Join(top, "copy", "*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	require.NoError(t, os.Truncate(logs[len(logs)-1], 30))
	_, err = Open(t.Context(), filepath.Join(top, "copy"), nil)
	require.ErrorIs(t, err, store.ErrCorrupt)
}

// A checkpoint holds everything, also if the store was only opened since.
func TestCheckpointOfAReopenedStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	for i := range 3 {
		b, err := openBackend(dir, &Options{})
		require.NoError(t, err)
		if i != 1 {
			commit(t, b, driver.Commit{Writes: []driver.Write{put(fmt.Sprint(i), "1")}})
		}
		copied := filepath.Join(t.TempDir(), "copy")
		require.NoError(t, b.checkpoint(copied))
		require.NoError(t, b.Close())
		found, err := readAll(copied, "n")
		require.NoError(t, err)
		assert.Len(t, found, 1+i/2)
	}
}

func ptr[T any](v T) *T { return &v }

func TestAdministerOthers(t *testing.T) {
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	_, err = Metrics(st)
	require.ErrorIs(t, err, store.ErrUnsupported)
	require.ErrorIs(t, Checkpoint(st, filepath.Join(t.TempDir(), "copy")), store.ErrUnsupported)
	require.NoError(t, st.Close())

	st, err = Open(t.Context(), filepath.Join(t.TempDir(), "store"), nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	_, err = Metrics(st)
	require.ErrorIs(t, err, store.ErrClosed)
}

func TestOptions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	_, err := Open(t.Context(), dir, &Options{CacheBytes: -1})
	require.ErrorIs(t, err, store.ErrInvalid)
	_, err = Open(t.Context(), dir, &Options{Store: store.Options{Durability: store.Replicated}})
	require.ErrorIs(t, err, store.ErrUnsupported)
	_, err = Open(t.Context(), dir, &Options{Store: store.Options{MaxIDBytes: -1}})
	require.ErrorIs(t, err, store.ErrInvalid)
	st, err := Open(t.Context(), dir, &Options{Store: store.Options{Durability: store.PowerLoss}})
	require.NoError(t, err, "a refused Open leaves the directory free")
	require.NoError(t, st.Close())
}

// The example of the package documentation.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "keyfam")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	st, err := Open(context.Background(), filepath.Join(dir, "keys"), nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	var ds store.DataSet
	if err := st.Set(ctx, ds.Put("session", "alice.0", []byte("record"))); err != nil {
		panic(err)
	}
	value, ok, err := st.Get(ctx, "session", "alice.0")
	os.Stdout.WriteString(string(value) + "\n")
	if !ok || err != nil || st.Close() != nil {
		panic(err)
	}
	// Output: record
}
