package pebblestore

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Whoever waits for a number is let go when that one or a later one is reached,
// not before, and whatever the order in which numbers are told.
func TestFlushed(t *testing.T) {
	var f flushed
	r := seeded(t)
	const numbers = 20_000
	var told atomic.Uint64 // at least what f may say
	var all sync.WaitGroup
	for range 4 {
		r := rand.New(rand.NewPCG(r.Uint64(), 0))
		all.Go(func() {
			for range 2000 {
				n := r.Uint64N(numbers)
				f.wait(n, nil)
				assert.GreaterOrEqual(t, told.Load(), n)
			}
		})
	}
	for n := uint64(0); n <= numbers; n += 4 {
		told.Store(n + 3)
		for _, i := range r.Perm(4) {
			f.reach(n + uint64(i))
		}
	}
	all.Wait()
	assert.Empty(t, f.waiters)
	assert.Zero(t, f.queued.Load())

	failed := make(chan struct{})
	close(failed)
	f.wait(numbers+100, failed)
}
