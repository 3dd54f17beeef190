// Package trial has what the random tests of this module share: their seed,
// their counts, and what a crash leaves of a disk.
package trial

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var seed = flag.Uint64("seed", 0, "seed of the random tests; 0 means a new one")

// Rand returns a source of random numbers and logs the -seed that repeats it.
func Rand(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// Soaking reports whether the tests may take hours: see make soak.
var Soaking = os.Getenv("KEYFAM_SOAK") != ""

// Soak returns how often to do something: few times, or many when soaking.
func Soak(few, many int) int {
	if Soaking {
		return many
	}
	return few
}

// PowerCut keeps what was flushed and a random part of the rest.
func PowerCut(r *rand.Rand) vfs.CrashCloneCfg {
	return vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: rand.New(rand.NewPCG(r.Uint64(), 0))}
}

// Kill keeps every byte that was written, flushed or not.
func Kill(r *rand.Rand) vfs.CrashCloneCfg {
	return vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: r}
}
