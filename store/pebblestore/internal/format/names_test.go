package format

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// named is a disk that remembers every name that a file ever had.
type named struct {
	vfs.FS
	mu    sync.Mutex
	names map[string]bool
}

func (n *named) note(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names[n.PathBase(name)] = true
}

func (n *named) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	n.note(name)
	return n.FS.Create(name, c)
}

func (n *named) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	n.note(to)
	return n.FS.ReuseForWrite(from, to, c)
}

func (n *named) Rename(from, to string) error {
	n.note(to)
	return n.FS.Rename(from, to)
}

func (n *named) Lock(name string) (io.Closer, error) {
	n.note(name)
	return n.FS.Lock(name)
}

// engine opens the bare engine with small memtables.
func engine(t *testing.T, disk vfs.FS) *pebble.DB {
	t.Helper()
	o := &pebble.Options{FS: disk, FormatMajorVersion: Version, MemTableSize: 64 << 10, Logger: silent{}}
	o.Experimental.ValueSeparationPolicy = func() pebble.ValueSeparationPolicy {
		return pebble.ValueSeparationPolicy{Enabled: true, MinimumSize: 100, MaxBlobReferenceDepth: 3}
	}
	db, err := pebble.Open("db", o)
	require.NoError(t, err)
	return db
}

type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

// Every file that the engine makes has a name that OfEngine knows, and every
// kind of name that OfEngine knows is one that the engine makes.
func TestNamesOfTheEngine(t *testing.T) {
	disk := &named{FS: vfs.NewMem(), names: map[string]bool{}}
	for range 3 {
		db := engine(t, disk)
		for i := range 400 {
			value := bytes.Repeat([]byte{byte(i)}, 1000)
			require.NoError(t, db.Set(fmt.Appendf(nil, "%04d", i), value, pebble.Sync))
		}
		require.NoError(t, db.Compact(t.Context(), []byte("0"), []byte("1"), false))
		require.NoError(t, db.Close())
	}
	kinds := map[string]bool{}
	for name := range disk.names {
		if name != Lock {
			assert.True(t, OfEngine(name), name)
		}
		kinds[regexp.MustCompile(`\d{3,}`).ReplaceAllString(name, "#")] = true
	}
	assert.Equal(t, []string{
		"#.blob", "#.log", "#.sst", "LOCK", "MANIFEST-#", "OPTIONS-#",
		"marker.format-version.#.#", "marker.manifest.#.MANIFEST-#", "temporary.#.dbtmp",
	}, slices.Sorted(maps.Keys(kinds)))
}

// The engine takes such names for its own, or did so once. They are
// somebody's.
func TestNamesOfOthers(t *testing.T) {
	for _, name := range []string{
		"", "1.sst", "000001.ldb", "0000001.log", "000001-001.log", "000001.log.old", "a000001.log", "20260131.txt",
		"MANIFEST-", "MANIFEST-1", "MANIFEST-000001.bak", "OPTIONS-7", "CURRENT", "CURRENT.000001.dbtmp", "temporary.7.dbtmp",
		"marker.txt", "marker.manifest.1.MANIFEST-000001", "marker.manifest.000001.", "marker.other.000001.x", "LOCK", "FILES",
	} {
		assert.False(t, OfEngine(name), name)
	}
}
