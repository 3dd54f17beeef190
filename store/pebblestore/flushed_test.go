package pebblestore

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// A waiter is released when its number or a later one is reached, and not
// before, in whatever order numbers are reached.
func TestFlushed(t *testing.T) {
	var f flushed
	r := trial.Rand(t)
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
