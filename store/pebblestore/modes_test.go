//go:build unix

package pebblestore

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
)

// Every file is for its owner only, whatever the umask is: in the store
// through rotations, flushes and compactions, and in a checkpoint.
func TestModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	top := t.TempDir()
	dir := filepath.Join(top, "made", "store")
	for range 2 {
		st, err := Open(t.Context(), dir, &Options{memTable: 64 << 10})
		require.NoError(t, err)
		h := &history{}
		b, _ := backendOf(st)
		require.NoError(t, h.run(b, func() bool { return h.acked.Load() >= 200 }))
		require.NoError(t, b.db.Compact(ctx, []byte{0}, []byte{0xff}, false))
		checkModes(t, filepath.Join(top, "made"))
		require.NoError(t, st.Close())
	}
	st, err := Open(t.Context(), dir, nil)
	require.NoError(t, err)
	require.NoError(t, Checkpoint(st, filepath.Join(top, "copy")))
	require.NoError(t, st.Close())
	checkModes(t, filepath.Join(top, "made"))
	checkModes(t, filepath.Join(top, "copy"))
}

func checkModes(t *testing.T, dir string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // the engine removes files as we walk
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		want := fs.FileMode(fileMode)
		if d.IsDir() {
			want = fs.ModeDir | dirMode
		} else {
			files++
		}
		assert.Equal(t, want, info.Mode(), d.Name())
		return nil
	}))
	assert.Greater(t, files, 5)
}

func TestReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	_, err := Open(t.Context(), dir, &Options{ReadOnly: true})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, err, store.ErrUnavailable)
	assert.NoDirExists(t, dir)

	st, err := Open(t.Context(), dir, nil)
	require.NoError(t, err)
	var ds store.DataSet
	require.NoError(t, st.Set(ctx, ds.Put("session", "a", []byte("1"))))
	require.NoError(t, st.Close())

	st, err = Open(t.Context(), dir, &Options{ReadOnly: true})
	require.NoError(t, err)
	v, ok, err := st.Get(ctx, "session", "a")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, "1", string(v))
	require.ErrorIs(t, st.Set(ctx, &ds), store.ErrReadOnly)
	require.ErrorIs(t, st.Clear(ctx), store.ErrReadOnly)
	require.NoError(t, st.Transaction(ctx, "k", func(ctx context.Context, tx *store.Tx) error {
		_, _, err := tx.Get(ctx, "session", "a")
		require.NoError(t, err)
		_, _, err = tx.Get(ctx, "session", "b")
		return err
	}))
	require.NoError(t, st.Close())
}

// Opening for reading changes nothing: not where there is no store, not in a
// store that was begun and never completed, and not in one that has both marks
// after a power cut.
func TestReadOnlyLeavesTheDirectory(t *testing.T) {
	store1 := filepath.Join(t.TempDir(), "store")
	st, err := Open(t.Context(), store1, nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	for name, files := range map[string][]string{"empty": nil, "foreign": {"notes.txt"}, "begun": {newName, "000001.log"}} {
		dir := t.TempDir()
		for _, name := range files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		}
		_, err := Open(t.Context(), dir, &Options{ReadOnly: true})
		require.ErrorIs(t, err, fs.ErrNotExist, name)
		require.ErrorIs(t, err, store.ErrUnavailable, name)
		assert.ElementsMatch(t, files, namesIn(t, dir), name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(store1, newName), []byte(markText), 0o600))
	before := namesIn(t, store1)
	st, err = Open(t.Context(), store1, &Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, st.Close())
	assert.ElementsMatch(t, before, namesIn(t, store1))
}

// The error names what cannot be locked.
func TestLockThatCannotBeMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	st, err := Open(t.Context(), dir, nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
	require.NoError(t, os.Mkdir(filepath.Join(dir, lockName), 0o700))
	for _, readOnly := range []bool{true, false} {
		_, err = Open(t.Context(), dir, &Options{ReadOnly: readOnly})
		require.ErrorIs(t, err, store.ErrInvalid)
		assert.Contains(t, err.Error(), lockName)
		assert.NotContains(t, err.Error(), "open elsewhere")
	}
}
