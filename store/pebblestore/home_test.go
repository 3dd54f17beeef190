package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/guard"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// foreignNames look like names of the engine, or are names that anybody may
// use.
var foreignNames = []string{
	"app.log", "gateway.log", "audit-2026-01-31.log", "20260131.log", "1.log", "000001-001.log", "000000001.log",
	"1.sst", "table.sst", "notes.blob", "7.blob", "MANIFEST-old", "MANIFEST-1", "OPTIONS-backup", "OPTIONS-7",
	"marker.txt", "marker.manifest.1.MANIFEST-000001", "marker.other.000001.x", "CURRENT", "CURRENT_USER",
	"CURRENT.000001.dbtmp", "temporary.dbtmp", "temporary.7.dbtmp", "temporary.txt", "x.dbtmp", "notes.txt",
}

func plantForeign(t *testing.T, dir string) {
	t.Helper()
	for _, name := range foreignNames {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine: "+name+", and a few words more"), 0o644))
	}
}

func foreignStays(t *testing.T, dir string) {
	t.Helper()
	for _, name := range foreignNames {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, "mine: "+name+", and a few words more", string(text))
	}
}

// A directory that holds something else is refused and left unchanged.
func TestNotAStore(t *testing.T) {
	for _, name := range append(foreignNames, "000001.log", "folder") {
		dir := t.TempDir()
		if name == "folder" {
			require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		} else {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
		}
		_, err := Open(t.Context(), dir, nil)
		require.ErrorIs(t, err, driver.ErrInvalid, name)
		assert.NotErrorIs(t, err, driver.ErrCorrupt, name)
		assert.Contains(t, err.Error(), "not empty and not a store", name)
		assert.Equal(t, []string{name}, namesIn(t, dir))
		for _, o := range []Options{{ReadOnly: true}, {MustExist: true}} {
			_, err = Open(t.Context(), dir, &o)
			require.ErrorIs(t, err, fs.ErrNotExist, name)
			require.ErrorIs(t, err, driver.ErrUnavailable, name)
			assert.Equal(t, []string{name}, namesIn(t, dir))
		}
	}
	dir := t.TempDir()
	for _, name := range []string{".profile", ".git"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "lost+found"), 0o700))
	st, err := Open(t.Context(), dir, nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	assert.FileExists(t, filepath.Join(dir, ".profile"))
}

// If there are files of the engine and no mark, the store has lost its mark.
func TestLostMark(t *testing.T) {
	for _, name := range []string{"MANIFEST-000001", "OPTIONS-000004", "000005.sst", "marker.manifest.000001.MANIFEST-000001"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
		for _, o := range []Options{{}, {ReadOnly: true}, {MustExist: true}} {
			_, err := Open(t.Context(), dir, &o)
			require.ErrorIs(t, err, driver.ErrCorrupt, name)
			assert.Equal(t, []string{name}, namesIn(t, dir))
		}
	}
}

// Files that others put into a store's directory stay through everything.
func TestForeignFilesStay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	h := &history{}
	for range 3 {
		b, err := openBackend(dir, &Options{memTable: 64 << 10})
		require.NoError(t, err)
		plantForeign(t, dir)
		acked := h.acked.Load()
		verify(t, b, "", acked, acked)
		require.NoError(t, h.run(b, func() bool { return h.acked.Load() >= acked+150 }))
		require.NoError(t, b.db.Compact(ctx, []byte{0}, []byte{0xff}, false))
		require.NoError(t, b.checkpoint(filepath.Join(t.TempDir(), "copy")))
		require.NoError(t, b.Close())
		foreignStays(t, dir)
	}
}

// A store that was begun and never completed is begun anew. Only what it had
// made is removed, also after a crash at any operation.
func TestBegunStore(t *testing.T) {
	t.Parallel()
	begun := 0
	for at := 1; ; at += trial.Soak(9, 1) {
		dir := filepath.Join(t.TempDir(), "store")
		b, err := openBackend(dir, &Options{fs: counted(guard.Private(), func(n int) error {
			if n >= at {
				return syscall.ENOSPC
			}
			return nil
		})})
		if _, statErr := os.Stat(filepath.Join(dir, markName)); statErr == nil {
			if err == nil {
				_ = b.Close()
			}
			break
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
		if _, err := os.Stat(filepath.Join(dir, newName)); err == nil {
			begun++
			plantForeign(t, dir)
			require.NoError(t, os.Remove(filepath.Join(dir, "20260131.log"))) // see TestBegunStoreBesideTables
		}
		_, err = Open(t.Context(), dir, &Options{MustExist: true})
		require.ErrorIs(t, err, fs.ErrNotExist)
		b, err = openBackend(dir, &Options{})
		require.NoError(t, err, "operation %d", at)
		commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
		require.NoError(t, b.Close())
		if begun > 0 {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "20260131.log"), []byte("mine: 20260131.log, and a few words more"), 0o644))
			foreignStays(t, dir)
		}
	}
	assert.Greater(t, begun, 5)
}

// A file with a name of the engine stays if the begun store has not made it.
func TestBegunStoreBesideTables(t *testing.T) {
	for _, name := range []string{"000002.sst", "MANIFEST-000001", "000002.log"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, newName), []byte(markText), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
		_, err := Open(t.Context(), dir, nil)
		require.ErrorIs(t, err, driver.ErrInvalid, name)
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, "mine", string(text))
	}
}

// A wrong path makes no store if one must exist, and never makes more than one
// directory above the store.
func TestPathsThatAreSlips(t *testing.T) {
	top := t.TempDir()
	for _, path := range []string{"none", "none/store"} {
		_, err := Open(t.Context(), filepath.Join(top, path), &Options{MustExist: true})
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorIs(t, err, driver.ErrUnavailable)
		assert.Contains(t, err.Error(), "no store")
	}
	_, err := Open(t.Context(), filepath.Join(top, "a", "b", "store"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, err, driver.ErrUnavailable)
	assert.Empty(t, namesIn(t, top))
	st, err := Open(t.Context(), filepath.Join(top, "b", "store")+"/", nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	st, err = Open(t.Context(), filepath.Join(top, "b", "store"), &Options{MustExist: true})
	require.NoError(t, err)
	require.NoError(t, st.Close())
}

// A log of somebody else stays, though the engine needs its name for its next
// log. The store fails, and opens again when the file is out of the way.
func TestForeignLogInTheWay(t *testing.T) {
	for _, late := range []bool{false, true} { // before Open, or while the store is open
		dir := filepath.Join(t.TempDir(), "store")
		b, err := openBackend(dir, &Options{})
		require.NoError(t, err)
		commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
		if !late {
			require.NoError(t, b.Close())
		}
		for n := range 100 {
			f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%06d.log", n)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			require.NoError(t, err)
			_, err = f.WriteString("mine")
			require.NoError(t, errors.Join(err, f.Close()))
		}
		if late {
			assert.ErrorIs(t, b.Close(), driver.ErrUnavailable) // it begins a log
		} else {
			_, err = Open(t.Context(), dir, nil)
			require.ErrorIs(t, err, driver.ErrUnavailable)
			assert.Contains(t, err.Error(), "a log in the directory is not the store's")
		}
		for n, removed := 0, 0; n < 100; n++ {
			name := filepath.Join(dir, fmt.Sprintf("%06d.log", n))
			text, err := os.ReadFile(name)
			if err == nil && string(text) == "mine" {
				require.NoError(t, os.Remove(name))
				removed++
			}
			require.False(t, n == 99 && removed < 97, "only %d are left", removed)
		}
		b, err = openBackend(dir, &Options{})
		require.NoError(t, err)
		assert.Equal(t, "1", string(get(t, b, "a").Value))
		require.NoError(t, b.Close())
	}
}
