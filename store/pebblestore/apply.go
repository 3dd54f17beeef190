package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// Two goroutines carry commits out. The applier is the critical section: one
// commit after the other, it checks, applies and stamps, and goes on without
// waiting for the disk. The flusher waits for the disk, in the same order, and
// answers. So the commits of many callers share one flush, and no caller's own
// goroutine is ever inside a failing engine.
const (
	submitQueue = 128  // commits that need not wait for the applier to be handed over
	flushQueue  = 1024 // commits between the two; more than callers in practice
)

func (b *backend) start() {
	b.submitted = make(chan *request, submitQueue)
	b.applied = make(chan *request, flushQueue)
	b.workers = make(chan struct{})
	go b.applier()
	go b.flusher()
}

func (b *backend) applier() {
	// On a Fatalf this goroutine ends, on a panic of the engine too; the mark
	// then answers whoever waits.
	defer close(b.applied)
	defer func() {
		if v := recover(); v != nil {
			b.fail.set(engineFailure(fatal("engine panicked: %v", []any{v})))
		}
	}()
	var last uint64
	for r := range b.submitted {
		if err := b.apply(r, &last); err != nil {
			r.done <- err
		} else if r.batch == nil && b.flushed.Load() >= r.number {
			r.done <- nil
		} else {
			b.applied <- r
		}
	}
}

// apply checks one commit and, if it writes, applies it as the next.
func (b *backend) apply(r *request, last *uint64) error {
	if err := b.fail.err(); err != nil {
		return err
	}
	if err := b.holds(r); err != nil {
		return err
	}
	if r.batch != nil {
		if err := b.db.ApplyNoSyncWait(r.batch, pebble.Sync); err != nil {
			b.fail.set(engineFailure(err))
			return b.fail.inFlight()
		}
		*last++
		if r.clear {
			b.versions.stampClear(*last, r.home)
		}
		b.versions.stamp(*last, r.touched)
		b.versions.stamped.Store(*last)
	}
	r.number = *last
	return nil
}

// holds compares what was read with what is there now.
func (b *backend) holds(r *request) error {
	for i := range r.checks {
		if b.versions.record(r.checks[i].spot) != r.checks[i].version {
			return driver.ErrConflict
		}
	}
	for i := range r.ranges {
		if err := b.rangeHolds(&r.ranges[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *backend) flusher() {
	defer close(b.workers)
	for r := range b.applied {
		r.done <- b.flush(r)
	}
}

// flush waits until the commit is on disk. A commit that only checks stands
// behind those whose writes it may have read.
func (b *backend) flush(r *request) error {
	if r.batch != nil {
		if err := r.batch.SyncWait(); err != nil {
			b.fail.set(engineFailure(err))
		}
	}
	if b.fail.err() != nil {
		return b.fail.inFlight()
	}
	b.flushed.Store(r.number)
	return nil
}
