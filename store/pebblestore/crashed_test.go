package pebblestore

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/guard"
)

const crashedCommits = 260

// crashed returns the directory of a store that was killed after so many
// commits of one record each, and its logs. All commits are in logs: no
// memtable had been flushed.
func crashed(t *testing.T) (dir string, logs []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	disk := &noTables{FS: guard.Private()}
	disk.held.Lock()
	b, err := openBackend(dir, &Options{fs: disk, memTable: 64 << 10})
	require.NoError(t, err)
	for id, value := range firstRecords(crashedCommits) {
		commit(t, b, driver.Commit{Writes: []driver.Write{put(id.ID, value)}})
	}
	b.fail.Set(errPowerCut)
	disk.held.Unlock()
	require.ErrorIs(t, b.Close(), errPowerCut)
	logs, err = filepath.Glob(filepath.Join(dir, "*.log"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(logs), 3)
	return dir, logs
}

// firstRecords yields the records of so many commits, in order.
func firstRecords(n int) iter.Seq2[driver.Key, string] {
	return func(yield func(driver.Key, string) bool) {
		for i := range n {
			if !yield(key(fmt.Sprintf("%04d", i)), string(text(uint64(i)))) {
				return
			}
		}
	}
}

// noTables is a disk on which making a table takes long.
type noTables struct {
	vfs.FS
	held sync.Mutex
}

func (n *noTables) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") {
		n.held.Lock()
		defer n.held.Unlock()
	}
	return n.FS.Create(name, c)
}

// TestDamageAfterCrash damages each log that the engine would replay, and the
// ledger. Nothing is lost without an error.
func TestDamageAfterCrash(t *testing.T) {
	t.Parallel()
	whole, logs := crashed(t)
	everything := maps.Collect(firstRecords(crashedCommits))
	found, err := readAll(copyOf(t, whole), "n")
	require.NoError(t, err)
	require.Equal(t, everything, found)
	for _, name := range logs { // damage is to meet what the logs hold
		require.NoError(t, change(name, func(b []byte) []byte { return bytes.TrimRight(b, "\x00") }))
	}

	all := maps.Clone(damages)
	for _, percent := range []int{1, 5, 20, 80} {
		all[fmt.Sprintf("byte changed at %d%%", percent)] = func(name string) error { return change(name, flipAt(percent)) }
	}
	reported := 0
	files := append([]string{filepath.Join(whole, ledgerName)}, logs...)
	for _, file := range files {
		for name, damage := range all {
			t.Run(filepath.Base(file)+" "+name, func(t *testing.T) {
				dir := copyOf(t, whole)
				require.NoError(t, damage(filepath.Join(dir, filepath.Base(file))))
				found, err := readAll(dir, "n")
				if err != nil {
					reported++
					require.ErrorIs(t, err, driver.ErrCorrupt)
					return
				}
				require.Equal(t, everything, found)
			})
		}
	}
	assert.GreaterOrEqual(t, reported, 7*len(logs))
}

func flipAt(percent int) func(b []byte) []byte {
	return func(b []byte) []byte { b[len(b)*percent/100] ^= 0xff; return b }
}

func copyOf(t *testing.T, whole string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
	return dir
}

// A manifest that was cut after a crash is reported, and does not take the
// store back to an older state.
func TestManifestCutAfterCrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	for _, id := range []string{"a", "b", "c"} {
		commit(t, b, driver.Commit{Writes: []driver.Write{put(id, "1")}})
		require.NoError(t, b.db.Flush())
	}
	b.fail.Set(errPowerCut)
	require.ErrorIs(t, b.Close(), errPowerCut)
	manifests, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	require.NoError(t, err)
	require.Len(t, manifests, 1)
	text, err := os.ReadFile(manifests[0])
	require.NoError(t, err)
	for n := 0; n < len(text); n += 7 {
		cut := copyOf(t, dir)
		require.NoError(t, os.WriteFile(filepath.Join(cut, filepath.Base(manifests[0])), text[:n], 0o600))
		found, err := readAll(cut, "n")
		if err == nil {
			require.Len(t, found, 3, "%d of %d bytes", n, len(text))
		} else {
			require.ErrorIs(t, err, driver.ErrCorrupt, "%d of %d bytes", n, len(text))
		}
	}
}
