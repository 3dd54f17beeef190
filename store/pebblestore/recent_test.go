package pebblestore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// The index never calls a touched key untouched, whatever collides. It knows
// all of the last commits, and stays within its bound.
func TestRecent(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	for range trial.Soak(50, 5000) {
		most, hashes := 1+r.IntN(20), 1+r.Uint64N(60)
		x := newRecent(most)
		last := map[uint64]uint64{} // of each hash, the commit that touched it last
		var noted []uint64          // the commits that touched something, one a touch
		for n := uint64(1); n <= 60; n++ {
			for range r.IntN(8) { // none: a commit that notes nothing
				hash := r.Uint64N(hashes)
				x.touch(hash, n)
				last[hash] = n
				noted = append(noted, n)
			}
			for hash := range hashes {
				require.GreaterOrEqual(t, x.touched(hash), last[hash], "commit %d", n)
				require.LessOrEqual(t, x.touched(hash), n)
			}
			require.LessOrEqual(t, len(x.young.last)+len(x.old.last), 2*most)
			if len(noted) <= most {
				require.Equal(t, uint64(1), x.floor.Load(), "what there is room for is known")
			} else {
				require.LessOrEqual(t, x.floor.Load(), noted[len(noted)-most]+1, "a generation of touches is known")
			}
		}
	}
}

// A commit of more records than the index holds is known in full, or not at
// all.
func TestRecentOfALargeCommit(t *testing.T) {
	x := newRecent(10)
	x.touch(1, 1)
	for hash := range uint64(100) {
		x.touch(1000+hash, 2)
	}
	assert.Equal(t, uint64(2), x.touched(1), "forgotten, so at most as old as the commit that crowded it out")
	assert.Equal(t, uint64(2), x.touched(1000))
	assert.Equal(t, uint64(2), x.touched(1099))
	assert.Equal(t, uint64(3), x.floor.Load())
}
