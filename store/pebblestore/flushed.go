package pebblestore

import (
	"slices"
	"sync"
	"sync/atomic"
)

// flushed is the number up to which commits are known to be on the disk. The
// engine flushes commits in the order of their numbers, so the flush of one
// implies all before it.
type flushed struct {
	upTo   atomic.Uint64
	queued atomic.Int32 // number of waiters; reach looks here first

	mu      sync.Mutex
	waiters []*flushWaiter
}

type flushWaiter struct {
	number uint64
	ready  chan struct{}
}

// reach records that the commit with that number is on the disk.
func (f *flushed) reach(number uint64) {
	for {
		before := f.upTo.Load()
		if number <= before || f.upTo.CompareAndSwap(before, number) {
			break
		}
	}
	if f.queued.Load() > 0 {
		f.wake()
	}
}

func (f *flushed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	upTo := f.upTo.Load()
	f.waiters = slices.DeleteFunc(f.waiters, func(w *flushWaiter) bool {
		if w.number > upTo {
			return false
		}
		f.queued.Add(-1)
		close(w.ready)
		return true
	})
}

// wait returns when the number is reached, or when the engine has failed. wait
// raises queued before it looks at upTo, and reach raises upTo before it looks
// at queued, so at least one of them sees the other.
func (f *flushed) wait(number uint64, failed <-chan struct{}) {
	if f.upTo.Load() >= number {
		return
	}
	w := &flushWaiter{number, make(chan struct{})}
	f.mu.Lock()
	f.waiters = append(f.waiters, w)
	f.queued.Add(1)
	f.mu.Unlock()
	f.wake()
	select {
	case <-w.ready:
	case <-failed:
	}
}
