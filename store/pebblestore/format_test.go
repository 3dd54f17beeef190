package pebblestore

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
)

// A new store has the format that is written down. A store that exists keeps
// its own, also if that is older, and so does a checkpoint of it.
func TestStoreKeepsItsFormat(t *testing.T) {
	for _, made := range []struct {
		name string
		o    Options
		want uint64
	}{
		{"new", Options{}, uint64(format.Version)},
		{"older", Options{format: format.Version - 1}, uint64(format.Version) - 1},
	} {
		t.Run(made.name, func(t *testing.T) {
			made.o.fs = vfs.NewMem()
			b, err := openBackend("db", &made.o)
			require.NoError(t, err)
			assert.EqualValues(t, made.want, b.db.FormatMajorVersion())
			commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
			require.NoError(t, b.checkpoint("copy"))
			require.NoError(t, b.Close())
			for _, dir := range []string{"db", "copy", "db"} {
				b, err = openBackend(dir, &Options{fs: made.o.fs})
				require.NoError(t, err)
				assert.EqualValues(t, made.want, b.db.FormatMajorVersion(), dir)
				assert.Equal(t, "1", string(get(t, b, "a").Value))
				require.NoError(t, b.Close())
			}
		})
	}
}
