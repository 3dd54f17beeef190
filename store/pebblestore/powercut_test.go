package pebblestore

import (
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// TestFlipAfterPowerCut changes bits of logs after a power cut. Changes to
// what was acknowledged longer than Lag before the cut are found.
func TestFlipAfterPowerCut(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	disk := vfs.NewCrashableMem()
	b, err := openBackend("db", &Options{fs: disk, memTable: 4 << 20})
	require.NoError(t, err)
	b.files.Lag = time.Millisecond
	write(t, b, 1, sizes["small behind large"]())
	log := newestLog(t, disk)
	end := imageOf(t, disk).content(log)
	require.Eventually(t, func() bool {
		return notedOf(t, disk.CrashClone(vfs.CrashCloneCfg{}), log) == int64(end)
	}, 10*time.Second, time.Millisecond)
	b.files.Lag = time.Hour
	write(t, b, 1, sizes["tiny"]()) // the same again, in part

	im := imageOf(t, disk.CrashClone(vfs.CrashCloneCfg{}))
	im.holds = func(*backend) error { return nil }
	text, found := im.files[log], 0
	require.False(t, im.judge(t, im.disk(t), true, func() string { return "unchanged" }))
	for at := r.IntN(397); at < end; at += trial.Soak(797, 1) {
		damaged := im.with(log, replaced(text, at, text[at]^byte(1<<r.IntN(8)))).disk(t)
		require.True(t, im.judge(t, damaged, false, func() string { return fmt.Sprint(at) }), "byte %d of %d", at, end)
		found++
	}
	tell(t, "%d bytes of a log changed after a power cut, all found", found)
	abandon(t, b)
}

// newestLog returns the log that commits go to.
func newestLog(t *testing.T, disk *vfs.MemFS) string {
	logs := imageOf(t, disk).names(format.IsLog)
	return logs[len(logs)-1]
}

// notedOf returns how many bytes of a file were flushed, by the ledger on the
// disk.
func notedOf(t *testing.T, disk vfs.FS, name string) int64 {
	t.Helper()
	entries, err := ledger.Read(ledger.Dir{FS: disk, Path: "db"})
	require.NoError(t, err)
	for _, e := range entries {
		if e.Name == name {
			return e.Synced.Bytes
		}
	}
	return 0
}
