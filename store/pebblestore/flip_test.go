package pebblestore

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// sizes are sizes of values, so that chunks lie differently in a log: many
// small ones behind one of more than a block, tiny ones, ones of many blocks,
// and ones that end near the end of a block.
var sizes = map[string]func() []int{
	"small behind large": func() []int { return append([]int{40_000}, repeat(200, 300)...) },
	"tiny":               func() []int { return repeat(600, 1) },
	"many blocks":        func() []int { return []int{300, 450_000, 1, 100_000, 300, 33_000, 1} },
	"at block ends": func() (n []int) {
		for i := range 40 {
			n = append(n, format.LogBlock/2-60+3*i)
		}
		return n
	},
	"several in a block": func() []int { return repeat(60, 3000) },
}

func repeat(n, size int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = size
	}
	return all
}

// written returns a disk, an open store on it with a commit for each size, all
// in logs only, and the records.
func written(t *testing.T, seed uint64, sizes []int) (*vfs.MemFS, *backend, map[driver.Key]string) {
	t.Helper()
	disk := vfs.NewCrashableMem()
	b, err := openBackend("db", &Options{fs: disk, CacheBytes: 1 << 20, memTable: 4 << 20})
	require.NoError(t, err)
	return disk, b, write(t, b, seed, sizes)
}

func write(t *testing.T, b *backend, seed uint64, sizes []int) map[driver.Key]string {
	t.Helper()
	r, records := rand.New(rand.NewPCG(seed, 0)), map[driver.Key]string{}
	for i, size := range sizes {
		value := make([]byte, 0, size+8)
		for len(value) < size {
			value = binary.BigEndian.AppendUint64(value, r.Uint64())
		}
		w := driver.Write{Key: key(fmt.Sprintf("%04d", i)), Value: value[:size]}
		commit(t, b, driver.Commit{Writes: []driver.Write{w}})
		records[w.Key] = string(w.Value)
	}
	return records
}

// abandon ends a store whose disk is not needed any more, without Close's
// flushes.
func abandon(t *testing.T, b *backend) {
	t.Helper()
	b.fail.Set(errPowerCut)
	require.ErrorIs(t, b.Close(), errPowerCut)
}

// TestFlipInLog changes bits of the logs that a killed process leaves. Every
// byte of them was flushed and acknowledged, so each change must be found.
func TestFlipInLog(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	tried, lost := 0, 0
	for name, sizes := range sizes {
		t.Run(name, func(t *testing.T) {
			disk, b, records := written(t, r.Uint64(), sizes())
			im := imageOf(t, disk)
			im.holds = exactly("n", records)
			require.False(t, im.judge(t, im.disk(t), false, func() string { return "unchanged" }))
			for _, log := range im.names(format.IsLog) {
				n, found := im.flips(t, r, log, trial.Soak(1+im.content(log)/30, 1))
				assert.Equal(t, n, found, log)
				tried, lost = tried+n, lost+n-found
			}
			abandon(t, b)
		})
	}
	require.Greater(t, tried, 100)
	tell(t, "%d bytes of logs changed after a kill, %d not found", tried, lost)
}

// TestFlipUnderLoad copies the directory while eight writers commit, as kill
// -9 leaves it, and changes bits of every file.
func TestFlipUnderLoad(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	disk, ws := vfs.NewCrashableMem(), newWriters(8)
	tried, found := 0, 0
	b, err := openBackend("db", small(disk))
	require.NoError(t, err)
	for range trial.Soak(2, 40) {
		reached, stop := ws.start(b, 1+r.Int64N(400))
		<-reached
		acked := ws.acked()
		im := imageOf(t, disk)
		im.holds = ws.acknowledged(acked, ws.tried())
		stop()
		require.False(t, im.judge(t, im.disk(t), false, func() string { return "unchanged" }))
		for name := range im.files {
			n, f := im.flips(t, r, name, 1+im.content(name)/trial.Soak(10, 400))
			tried, found = tried+n, found+f
		}
	}
	require.NoError(t, b.Close())
	require.Greater(t, found, tried/4)
	tell(t, "%d bytes changed in all files under load, %d found, the rest harmless", tried, found)
}

// TestFlipAfterClose changes bits of every file of a closed store.
func TestFlipAfterClose(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	disk, h := vfs.NewCrashableMem(), &history{}
	require.NoError(t, session(h, disk))
	im := imageOf(t, disk)
	im.holds = writers{h}.acknowledged(writers{h}.acked(), writers{h}.tried())
	require.False(t, im.judge(t, im.disk(t), false, func() string { return "unchanged" }))
	tried, found := 0, 0
	for name := range im.files {
		n, f := im.flips(t, r, name, trial.Soak(1+im.content(name)/12, 1))
		tried, found = tried+n, found+f
	}
	require.Greater(t, found, tried/4)
	tell(t, "%d bytes changed in all files after Close, %d found, the rest harmless", tried, found)
}
