package storetest

import (
	"flag"
	"hash/fnv"
	"math/rand/v2"
)

// The only flag of this package; rapid has its own.
var seedFlag = flag.Uint64("storetest.seed", 0, "storetest: seed of the random histories (0 takes a new one)")

// seed returns the seed of the flag, or a new one. A check that fails prints
// it.
func seed() uint64 {
	if *seedFlag != 0 {
		return *seedFlag
	}
	return rand.Uint64()
}

// random returns a source that depends on the seed and on what it is used for.
func random(seed uint64, use string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(use))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
