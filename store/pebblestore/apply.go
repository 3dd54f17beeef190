package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"
)

// One goroutine carries commits out. The applier is the critical section: one
// commit after the other, it checks, applies and notes, and goes on without
// waiting for the disk. Its callers wait for the disk, each for its own commit, so
// the commits of many share one flush. No caller's own goroutine is ever where
// the engine keeps whoever meets its failure: see guard.
const submitQueue = 128 // commits handed over before the applier comes to them

func (b *backend) start() {
	b.submitted = make(chan *request, submitQueue)
	b.ended = make(chan struct{})
	go b.applier()
}

// applier ends with Close, and at a panic or a Fatalf of the engine: the mark
// then answers whoever waits.
func (b *backend) applier() {
	defer close(b.ended)
	defer func() {
		if v := recover(); v != nil {
			b.fail.set(enginePanic(v))
		}
	}()
	for r := range b.submitted {
		err := b.fail.err()
		if err == nil {
			err = b.holds(r)
		}
		if err == nil && r.batch != nil {
			err = b.apply(r)
		}
		r.number = b.last
		r.done <- err
	}
}

// apply applies a commit as the next. An error, or a panic, says that the engine
// has failed.
func (b *backend) apply(r *request) error {
	b.last++
	if err := b.db.ApplyNoSyncWait(r.batch, pebble.Sync); err != nil {
		b.fail.set(engineFailure(err))
		return b.fail.inFlight()
	}
	if r.clear {
		b.clears++
	}
	b.note(r)
	return nil
}

// note makes the last commit, which the engine has applied, known.
func (b *backend) note(r *request) {
	for _, hash := range r.touched {
		b.recent.touch(hash, b.last)
	}
	b.applied.Store(b.last)
}
