package ledger

import (
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// TestLedger writes a ledger until it was begun anew many times. A kill keeps
// the last note. A power cut keeps the last durable line, or a later one.
func TestLedger(t *testing.T) {
	r := trial.Rand(t)
	disk := vfs.NewCrashableMem()
	require.NoError(t, disk.MkdirAll("db", 0o700))
	require.NoError(t, Dir{disk, ""}.Sync())
	d := Dir{disk, "db"}
	l, err := New(d, nil, false)
	require.NoError(t, err)
	l.most = 32 << 10
	nop := func() error { return nil }
	log := l.Begin("000001.log")
	require.NoError(t, l.SyncDir(nop))
	var durable, size int64
	renewed := 0
	last := int64(trial.Soak(2_000, 200_000))
	for n := int64(1); n <= last; n++ {
		if r.IntN(50) == 0 {
			l.Begin(fmt.Sprintf("marker.manifest.%06d.MANIFEST-%06d", n, n))
			require.NoError(t, l.SyncDir(nop))
			durable = n - 1
		}
		due, err := l.Note(log, Extent{Bytes: n})
		require.NoError(t, err)
		assert.Equal(t, durable == n-1, due)
		if r.IntN(4) > 0 {
			require.NoError(t, l.Settle())
			durable = n
		}
		if r.IntN(100) == 0 {
			assert.Equal(t, n, notedOf(t, disk.CrashClone(trial.Kill(r)), log.Name))
			cut := notedOf(t, disk.CrashClone(trial.PowerCut(r)), log.Name)
			assert.GreaterOrEqual(t, cut, durable)
			assert.LessOrEqual(t, cut, n)
		}
		if len(l.live) > 5 {
			require.NoError(t, l.Forget(l.live[1].Name))
			durable = n
		}
		if l.size < size {
			renewed++
		}
		size = l.size
	}
	assert.Greater(t, renewed, 3)
	require.NoError(t, l.Settle())
	assert.Equal(t, last, notedOf(t, disk.CrashClone(vfs.CrashCloneCfg{}), log.Name))
	logs, err := l.Close()
	require.NoError(t, err)
	assert.Contains(t, logs, log.Name)
	require.NoError(t, l.Settle(), "a late timer")
	entries, err := Read(Dir{disk.CrashClone(vfs.CrashCloneCfg{}), "db"})
	require.NoError(t, err)
	assert.False(t, slices.ContainsFunc(entries, func(e *Entry) bool { return format.IsLog(e.Name) }), "no log matters after Close")
}

// sharing is a disk that does not replace open files, as on Windows.
type sharing struct {
	vfs.FS
	open map[string]int
}

type sharedFile struct {
	vfs.File
	closed func()
}

func (f sharedFile) Close() error { f.closed(); return f.File.Close() }

func (s sharing) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := s.FS.OpenReadWrite(name, c, o...)
	s.open[name]++
	return sharedFile{f, func() { s.open[name]-- }}, err
}

func (s sharing) Rename(from, to string) error {
	if s.open[from] > 0 || s.open[to] > 0 {
		return fs.ErrPermission
	}
	return s.FS.Rename(from, to)
}

// The ledger is begun anew also where an open file cannot be replaced.
func TestLedgerOnWindows(t *testing.T) {
	disk := sharing{vfs.NewMem(), map[string]int{}}
	require.NoError(t, disk.MkdirAll("db", 0o700))
	l, err := New(Dir{disk, "db"}, nil, false)
	require.NoError(t, err)
	e := l.Begin("MANIFEST-000001")
	longest := int64(0)
	for n := int64(1); l.size >= longest; n++ {
		longest = l.size
		_, err := l.Note(e, Extent{Bytes: n})
		require.NoError(t, err)
	}
	require.Greater(t, longest, int64(maxBytes)/2)
	_, err = l.Close()
	require.NoError(t, err)
	assert.Zero(t, disk.open["db/"+Name])
}

// notedOf returns how many bytes of a file were flushed, by the ledger on the
// disk.
func notedOf(t *testing.T, disk vfs.FS, name string) int64 {
	t.Helper()
	entries, err := Read(Dir{disk, "db"})
	require.NoError(t, err)
	for _, e := range entries {
		if e.Name == name {
			return e.Synced.Bytes
		}
	}
	return 0
}
