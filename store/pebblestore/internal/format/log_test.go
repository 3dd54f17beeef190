package format

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logOfEngine is a log of the bare engine, with its number, after commits of
// these sizes that were each flushed.
func logOfEngine(t *testing.T, sizes ...int) (log []byte, number uint32) {
	t.Helper()
	disk := vfs.NewMem()
	db := engine(t, disk)
	require.NoError(t, db.Flush()) // a store's first log is older than its format
	for _, size := range sizes {
		require.NoError(t, db.Set([]byte("key"), bytes.Repeat([]byte{7}, size), pebble.Sync))
	}
	names, err := disk.List("db")
	require.NoError(t, err)
	name := slices.Max(slices.DeleteFunc(names, func(name string) bool { return !IsLog(name) }))
	f, err := disk.Open("db/" + name)
	require.NoError(t, err)
	log, err = io.ReadAll(f)
	require.NoError(t, errors.Join(err, f.Close(), db.Close()))
	n, err := strconv.Atoi(strings.TrimSuffix(name, ".log"))
	require.NoError(t, err)
	return bytes.TrimRight(log, "\x00"), uint32(n)
}

// The engine lays its logs out as ScanLog expects. A change in a flushed byte
// shows if a later chunk of the block promises it.
func TestScanLogOfTheEngine(t *testing.T) {
	log, number := logOfEngine(t, 300, 1, 20_000, 10)
	end, promised, err := ScanLog(bytes.NewReader(log), number)
	require.NoError(t, err)
	assert.EqualValues(t, len(log), end)
	assert.Zero(t, promised)
	assert.True(t, MayStartLog(log[:min(len(log), LogBlock)]))

	last := len(log) - logHeader - 10
	for at := 0; at < last/2; at += 7 {
		changed := slices.Clone(log)
		changed[at] ^= 1
		end, promised, err := ScanLog(bytes.NewReader(changed), number)
		require.NoError(t, err)
		assert.Less(t, end, promised, "byte %d", at)
	}
}

// A log that was cut is what a power cut leaves: no chunk promises more.
func TestScanLogThatWasCut(t *testing.T) {
	log, number := logOfEngine(t, 300, 1, 40_000, 10)
	for n := 0; n < len(log); n += 11 {
		end, promised, err := ScanLog(bytes.NewReader(log[:n]), number)
		require.NoError(t, err)
		require.LessOrEqual(t, end, int64(n))
		require.LessOrEqual(t, promised, end)
	}
}

func TestMayStartLog(t *testing.T) {
	log, _ := logOfEngine(t, 300)
	trailer := make([]byte, logTrailer)
	trailer[6] = trailerKind
	binary.LittleEndian.PutUint32(trailer[7:], 8)
	for _, start := range [][]byte{nil, make([]byte, 100), log, trailer} {
		assert.True(t, MayStartLog(start))
	}
	for _, start := range []string{"mine", "mine: 20260131.log, and a few words more", string(log[1:]), string(log[:20])} {
		assert.False(t, MayStartLog([]byte(start)))
	}
}
