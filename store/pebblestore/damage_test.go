package pebblestore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// damages are what may happen to a file of a closed store.
var damages = map[string]func(name string) error{
	"byte changed in the middle": flip,
	"byte changed at the start":  func(name string) error { return change(name, func(b []byte) []byte { b[0] ^= 0xff; return b }) },
	"emptied":                    func(name string) error { return os.Truncate(name, 0) },
	"cut in half":                func(name string) error { return change(name, func(b []byte) []byte { return b[:len(b)/2] }) },
	"cut at the end":             func(name string) error { return change(name, func(b []byte) []byte { return b[:len(b)-1] }) },
	"zeroed":                     func(name string) error { return change(name, func(b []byte) []byte { clear(b); return b }) },
	"removed":                    os.Remove,
}

func flip(name string) error {
	return change(name, func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b })
}

func change(name string, how func(b []byte) []byte) error {
	b, err := os.ReadFile(name)
	if err != nil || len(b) == 0 {
		return err
	}
	return os.WriteFile(name, how(b), 0o600)
}

// TestDamage damages every file of a closed store, in every way. Either
// everything is still there, or the damage is reported.
func TestDamage(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "whole")
	b, err := openBackend(whole, &Options{memTable: 64 << 10})
	require.NoError(t, err)
	h := &history{}
	require.NoError(t, h.run(b, func() bool { return h.acked.Load() == 400 }))
	require.NoError(t, b.Close())
	files, err := os.ReadDir(whole)
	require.NoError(t, err)

	reported := 0
	for _, file := range files {
		for name, damage := range damages {
			t.Run(file.Name()+" "+name, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "store")
				require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
				require.NoError(t, damage(filepath.Join(dir, file.Name())))
				found, err := readAll(dir, "")
				if err != nil {
					reported++
					require.ErrorIs(t, err, driver.ErrCorrupt)
					return
				}
				require.Equal(t, state(400), found)
			})
		}
	}
	assert.Greater(t, reported, 20)
}

func readAll(dir, namespace string) (found map[driver.Key]string, err error) {
	b, err := openBackend(dir, &Options{})
	if err != nil {
		return nil, err
	}
	found, err = contents(b, namespace)
	return found, errors.Join(err, b.Close())
}

// TestMissingPieces removes files without which the store is not complete.
func TestMissingPieces(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*.sst", "MANIFEST-*", "marker.manifest.*", "marker.*", "FILES", "KEYFAM", "[^KL]*"} {
		t.Run(pattern, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			b, err := openBackend(dir, &Options{})
			require.NoError(t, err)
			commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
			require.NoError(t, b.Close())
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			require.NoError(t, err)
			require.NotEmpty(t, names)
			for _, name := range names {
				require.NoError(t, os.Remove(name))
			}
			for range 2 { // the first refusal changes nothing
				_, err = Open(t.Context(), dir, nil)
				require.ErrorIs(t, err, driver.ErrCorrupt)
			}
		})
	}
}

// A manifest that was cut anywhere is reported, and does not take the store
// back to an older state.
func TestManifestCut(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	for _, id := range []string{"a", "b", "c"} {
		commit(t, b, driver.Commit{Writes: []driver.Write{put(id, "1")}})
		require.NoError(t, b.db.Flush())
	}
	require.NoError(t, b.Close())
	manifests, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	require.NoError(t, err)
	require.Len(t, manifests, 1)
	text, err := os.ReadFile(manifests[0])
	require.NoError(t, err)
	for n := range text {
		require.NoError(t, os.WriteFile(manifests[0], text[:n], 0o600))
		_, err = Open(t.Context(), dir, nil)
		require.ErrorIs(t, err, driver.ErrCorrupt, "%d of %d bytes", n, len(text))
	}
	require.NoError(t, os.WriteFile(manifests[0], text, 0o600))
	b, err = openBackend(dir, &Options{})
	require.NoError(t, err)
	assert.Equal(t, "1", string(get(t, b, "c").Value))
	require.NoError(t, b.Close())
}
