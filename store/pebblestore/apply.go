package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// Two goroutines carry commits out. The applier is the critical section: one
// commit after the other, it checks, applies and stamps, and goes on without
// waiting for the disk. The acknowledger waits for the disk, in the same order,
// and answers. So the commits of many callers share one flush, and no caller's
// own goroutine is ever inside a failing engine, which may never let it go.
const (
	submitQueue  = 128  // commits handed over before the applier comes to them
	appliedQueue = 1024 // commits between the two; more than callers in practice
)

func (b *backend) start() {
	b.submitted = make(chan *request, submitQueue)
	b.applied = make(chan *request, appliedQueue)
	b.workers = make(chan struct{})
	go b.applier()
	go b.acknowledger()
}

// applier ends with Close, and at a panic or a Fatalf of the engine: the mark
// then answers whoever waits.
func (b *backend) applier() {
	defer close(b.applied)
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
		r.number = b.last
		switch {
		case err != nil:
			r.done <- err
		case r.batch != nil:
			b.apply(r)
		case b.flushed.Load() == b.last:
			r.done <- nil
		default: // it may have read what is not flushed yet
			b.applied <- r
		}
	}
}

// apply applies a commit as the next. The acknowledger hears of it first: were it
// woken afterwards, it would take the turn of the engine's own flusher, which the
// engine wakes meanwhile, and the disk would stand idle while the flusher waits
// behind everybody for another.
func (b *backend) apply(r *request) {
	b.last++
	r.number = b.last
	r.pending.Add(1)
	defer r.pending.Done()
	defer func() {
		if v := recover(); v != nil {
			b.fail.set(enginePanic(v)) // before the acknowledger is let go, which looks at the mark
			panic(v)
		}
	}()
	b.applied <- r
	if err := b.db.ApplyNoSyncWait(r.batch, pebble.Sync); err != nil {
		b.fail.set(engineFailure(err))
		return
	}
	if r.clear {
		b.versions.stampClear(r.number, r.home)
	}
	b.versions.stamp(r.number, r.touched)
	b.versions.stamped.Store(r.number)
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

func (b *backend) acknowledger() {
	defer close(b.workers)
	for r := range b.applied {
		r.done <- b.flush(r)
	}
}

// flush waits until the commit is on disk. One that only checks stands behind
// those whose writes it may have read. Nothing is acknowledged without a look at
// the mark.
func (b *backend) flush(r *request) error {
	if r.batch != nil {
		r.pending.Wait()
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
