package pebblestore

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLedger writes a ledger until it was begun anew many times. A kill keeps the
// last note, a power cut what the last durable line said, or something later.
func TestLedger(t *testing.T) {
	r := seeded(t)
	disk := vfs.NewCrashableMem()
	require.NoError(t, disk.MkdirAll("db", dirMode))
	require.NoError(t, syncDir(disk, ""))
	h := home{fs: disk, dir: "db"}
	l, err := newLedger(h, nil, false)
	require.NoError(t, err)
	nop := func() error { return nil }
	log := l.begin("000001.log")
	require.NoError(t, l.syncDir(nop))
	var durable int64
	last := int64(soak(6_000, 200_000))
	for n := int64(1); n <= last; n++ {
		if r.IntN(50) == 0 {
			l.begin(fmt.Sprintf("marker.manifest.%06d.MANIFEST-%06d", n, n))
			require.NoError(t, l.syncDir(nop))
			durable = n - 1
		}
		due, err := l.note(log, extent{bytes: n})
		require.NoError(t, err)
		assert.Equal(t, durable == n-1, due)
		if r.IntN(4) > 0 {
			require.NoError(t, l.settle())
			durable = n
		}
		if r.IntN(100) == 0 {
			assert.Equal(t, n, notedOf(t, disk.CrashClone(everything(r)), log.name))
			cut := notedOf(t, disk.CrashClone(crash(r)), log.name)
			assert.GreaterOrEqual(t, cut, durable)
			assert.LessOrEqual(t, cut, n)
		}
		if len(l.live) > 5 {
			require.NoError(t, l.forget(l.live[1].name))
			durable = n
		}
	}
	require.NoError(t, l.settle())
	assert.Equal(t, last, notedOf(t, disk.CrashClone(vfs.CrashCloneCfg{}), log.name))
	logs, err := l.close()
	require.NoError(t, err)
	assert.Contains(t, logs, log.name)
	require.NoError(t, l.settle(), "a late timer")
	entries, err := home{fs: disk.CrashClone(vfs.CrashCloneCfg{}), dir: "db"}.readLedger()
	require.NoError(t, err)
	assert.False(t, slices.ContainsFunc(entries, func(e *entry) bool { return isLog(e.name) }), "no log matters after Close")
}

// sharing is a disk as Windows has it: a file that is open is not replaced.
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

// The ledger is begun anew where a file that is open cannot be replaced.
func TestLedgerOnWindows(t *testing.T) {
	disk := sharing{vfs.NewMem(), map[string]int{}}
	require.NoError(t, disk.MkdirAll("db", dirMode))
	l, err := newLedger(home{fs: disk, dir: "db"}, nil, false)
	require.NoError(t, err)
	e := l.begin("MANIFEST-000001")
	longest := int64(0)
	for n := int64(1); l.size >= longest; n++ {
		longest = l.size
		_, err := l.note(e, extent{bytes: n})
		require.NoError(t, err)
	}
	require.Greater(t, longest, int64(ledgerBytes)/2)
	_, err = l.close()
	require.NoError(t, err)
	assert.Zero(t, disk.open["db/"+ledgerName])
}

func everything(r *rand.Rand) vfs.CrashCloneCfg {
	return vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: r}
}

// notedOf is how many bytes of a file the ledger on a disk says were flushed.
func notedOf(t *testing.T, disk vfs.FS, name string) int64 {
	t.Helper()
	entries, err := home{fs: disk, dir: "db"}.readLedger()
	require.NoError(t, err)
	for _, e := range entries {
		if e.name == name {
			return e.synced.bytes
		}
	}
	return 0
}

// TestFlipAfterPowerCut changes bits of logs after a power cut. What was
// acknowledged longer than the ledger's lag before the cut is found.
func TestFlipAfterPowerCut(t *testing.T) {
	r := seeded(t)
	disk := vfs.NewCrashableMem()
	b, err := openBackend("db", &Options{fs: disk, memTable: 4 << 20})
	require.NoError(t, err)
	b.files.lag = time.Millisecond
	write(t, b, 1, sizes["small behind large"]())
	log := newestLog(t, disk)
	end := imageOf(t, disk).content(log)
	require.Eventually(t, func() bool {
		return notedOf(t, disk.CrashClone(vfs.CrashCloneCfg{}), log) == int64(end)
	}, 10*time.Second, time.Millisecond)
	b.files.lag = time.Hour
	write(t, b, 1, sizes["tiny"]()) // the same again, in part

	im := imageOf(t, disk.CrashClone(vfs.CrashCloneCfg{}))
	im.holds = func(*backend) error { return nil }
	text, found := im.files[log], 0
	require.False(t, im.judge(t, im.disk(t), true, func() string { return "unchanged" }))
	for at := r.IntN(397); at < end; at += soak(397, 1) {
		damaged := im.with(log, replaced(text, at, text[at]^byte(1<<r.IntN(8)))).disk(t)
		require.True(t, im.judge(t, damaged, false, func() string { return fmt.Sprint(at) }), "byte %d of %d", at, end)
		found++
	}
	tell(t, "%d bytes of a log changed after a power cut, all found", found)
	abandon(t, b)
}

// newestLog is the log that commits go to.
func newestLog(t *testing.T, disk *vfs.MemFS) string {
	logs := imageOf(t, disk).names(isLog)
	return logs[len(logs)-1]
}
