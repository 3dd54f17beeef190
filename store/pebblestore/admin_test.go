package pebblestore

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// A checkpoint of a store that is being written holds every commit that was
// acknowledged before it, each whole, and is a store of its own.
func TestCheckpoint(t *testing.T) {
	top := t.TempDir()
	st, err := Open(filepath.Join(top, "store"), &Options{memTable: 64 << 10})
	require.NoError(t, err)
	b := st.Driver().(*backend)
	ws := newWriters(4)
	reached, stop := ws.start(b, 300)
	<-reached
	acked := ws.acked()
	require.NoError(t, os.MkdirAll(filepath.Join(top, "copy.partial", "rest of an interrupted one"), 0o700))
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
	assert.NoDirExists(t, filepath.Join(top, "copy.partial"))
}

func ptr[T any](v T) *T { return &v }

func TestAdministerOthers(t *testing.T) {
	st, err := memstore.Open(nil)
	require.NoError(t, err)
	_, err = Metrics(st)
	require.ErrorIs(t, err, store.ErrUnsupported)
	require.ErrorIs(t, Checkpoint(st, filepath.Join(t.TempDir(), "copy")), store.ErrUnsupported)
	require.NoError(t, st.Close())

	st, err = Open(filepath.Join(t.TempDir(), "store"), nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	_, err = Metrics(st)
	require.ErrorIs(t, err, store.ErrClosed)
}

func TestOptions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	_, err := Open(dir, &Options{CacheBytes: -1})
	require.ErrorIs(t, err, store.ErrInvalid)
	_, err = Open(dir, &Options{Store: store.Options{Durability: store.Replicated}})
	require.ErrorIs(t, err, store.ErrUnsupported)
	_, err = Open(dir, &Options{Store: store.Options{MaxIDBytes: -1}})
	require.ErrorIs(t, err, store.ErrInvalid)
	st, err := Open(dir, &Options{Store: store.Options{Durability: store.PowerLoss}})
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
	st, err := Open(filepath.Join(dir, "keys"), nil)
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
