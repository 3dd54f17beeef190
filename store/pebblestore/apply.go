package pebblestore

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// A commit is carried out on a goroutine of its own, so that no caller's is ever
// inside a failing engine: it may have to be abandoned. There, check, apply and
// stamp are the critical section; the wait for the disk is outside, and the
// engine shares one flush among all who wait.
//
// (Two goroutines of ours, one to apply and one to wait, do with less switching,
// but waking the second delays the engine's own flusher, which has just been
// woken by the first, by a turn of the whole run queue: the disk stood idle for a
// quarter of the time with 64 writers.)
func (b *backend) carry(r *request) {
	defer b.carried.Done()
	defer func() {
		if v := recover(); v != nil {
			b.fail.set(engineFailure(fatal("engine panicked: %v", []any{v})))
		}
	}()
	err := b.apply(r)
	if err == nil {
		err = b.flush(r)
	}
	r.done <- err
}

// apply checks a commit and, if it writes, applies it as the next.
func (b *backend) apply(r *request) error {
	b.critical.Lock()
	defer b.critical.Unlock()
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
		b.last++
		if r.clear {
			b.versions.stampClear(b.last, r.home)
		}
		b.versions.stamp(b.last, r.touched)
		b.versions.stamped.Store(b.last)
	}
	r.number = b.last
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

// flush waits until the commit is on disk or, if it only checks, those before it
// whose writes it may have read. Nothing is acknowledged without a look at the
// mark.
func (b *backend) flush(r *request) error {
	if r.batch == nil {
		b.flushed.wait(r.number)
	} else if err := r.batch.SyncWait(); err != nil {
		b.fail.set(engineFailure(err))
	}
	if b.fail.err() != nil {
		return b.fail.inFlight()
	}
	if r.batch != nil {
		b.flushed.reach(r.number)
	}
	return nil
}

// watermark is the number of the last commit known to be on disk. The log is
// flushed in order, so all before it are.
type watermark struct {
	mu     sync.Mutex
	raised sync.Cond
	number uint64
}

func (w *watermark) reach(n uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > w.number {
		w.number = n
		w.raised.Broadcast()
	}
}

func (w *watermark) wait(n uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.number < n {
		w.raised.Wait()
	}
}
