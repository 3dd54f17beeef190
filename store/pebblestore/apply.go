package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// One goroutine, the applier, applies all commits. It is the critical section:
// for one commit after the other it checks, applies and notes. It does not
// wait for the disk. Each caller waits for the flush of its own commit, so the
// commits of many callers share one flush.
//
// A failing engine blocks the goroutine that hits it (see package guard). That
// is the applier, never a caller.
const submitQueue = 128 // commits that wait for the applier

func (b *backend) start() {
	b.submitted = make(chan *request, submitQueue)
	b.ended = make(chan struct{})
	go b.applier()
}

// applier ends with Close, or when the engine panics or calls Fatalf. The mark
// then releases the callers that wait.
func (b *backend) applier() {
	defer close(b.ended)
	defer func() {
		if v := recover(); v != nil {
			b.fail.Set(fault.Panic(v))
		}
	}()
	for r := range b.submitted {
		err := b.fail.Err()
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

// apply applies a commit as the next one. An error or a panic means that the
// engine has failed.
func (b *backend) apply(r *request) error {
	b.last++
	if err := b.db.ApplyNoSyncWait(r.batch, pebble.Sync); err != nil {
		b.fail.Set(fault.Failure(err))
		return b.fail.InFlight()
	}
	if r.clear {
		b.clears++
	}
	b.note(r)
	return nil
}

// note publishes the last commit, which the engine has applied.
func (b *backend) note(r *request) {
	for _, hash := range r.touched {
		b.recent.touch(hash, b.last)
	}
	b.applied.Store(b.last)
}
