package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// labels is the table of labels that are held, waited for or kept. Others have
// no entry. The table is sharded, so that free labels rarely share a mutex,
// not even one name in many namespaces.
type labels struct {
	seed   maphash.Seed
	shards [64]labelShard
}

type labelShard struct {
	mu    sync.Mutex
	held  map[labelKey]*label
	spare []*label // a few, so that a free label costs no allocation
	_     [24]byte // pads to a cache line: no two mutexes share one
}

// labelKey identifies a label. Labels of different namespaces are different.
type labelKey struct{ namespace, name string }

// label is one label that is held, waited for or kept. The queue is in the
// order of tickets.
type label struct {
	held  bool
	queue []*labelWaiter
}

// labelWaiter waits for a label, or keeps the place of a transaction that will
// run again and does not wait yet.
//
// A kept place holds up only waiters that hold no other label. A waiter that
// holds one goes ahead: the transaction of the place may be waiting for that
// label, and both would wait for ever.
type labelWaiter struct {
	ticket  ticket
	keeps   bool
	holding bool          // the waiter holds other labels
	ready   chan struct{} // closed when the label is handed over; nil for a kept place
}

// ticket is the time when a transaction first asked for a label, which is its
// place in every queue. It orders waiters of this process only.
type ticket time.Duration

var processStart = time.Now()

func newTicket() ticket { return ticket(time.Since(processStart)) }

func (l *labels) init() {
	l.seed = maphash.MakeSeed()
	for i := range l.shards {
		l.shards[i].held = map[labelKey]*label{}
	}
}

func (l *labels) shard(k labelKey) *labelShard {
	return &l.shards[maphash.Comparable(l.seed, k)%uint64(len(l.shards))]
}

// tryAcquire takes the label if it is free. A label with waiters is never
// free, because release hands it over.
func (l *labels) tryAcquire(k labelKey) bool {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[k] != nil {
		return false
	}
	s.entry(k).held = true
	return true
}

// acquire takes the label. It waits in the order of tickets until the label is
// handed over, ctx ends, limit is over (0 is no limit) or the store closes.
// kept, if not nil, leaves the queue: it has kept the place of w so far.
func (l *labels) acquire(ctx context.Context, set *settings, closed <-chan struct{}, k labelKey, w labelWaiter, kept *labelWaiter, limit time.Duration) error {
	s := l.shard(k)
	s.mu.Lock()
	one := s.entry(k)
	one.leave(kept)
	if !one.held && len(one.queue) == 0 {
		one.held = true
		s.mu.Unlock()
		return nil
	}
	waiter := new(labelWaiter) // &w would be allocated for free labels too
	*waiter = w
	waiter.ready = make(chan struct{})
	one.enqueue(waiter)
	s.handOn(k)
	s.mu.Unlock()

	return l.wait(ctx, set, closed, k, waiter, limit)
}

func (l *labels) wait(ctx context.Context, set *settings, closed <-chan struct{}, k labelKey, w *labelWaiter, limit time.Duration) (err error) {
	ctx, op := set.trace(ctx, OpLabelWait, "", &err)
	defer op.end(&err)
	start := time.Now()
	var late <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-late:
		err = ErrConflict
	case <-closed:
		l.abandon(k, w)
		return ErrClosed
	}
	l.abandon(k, w)
	return fmt.Errorf("%w: waiting for a label for %v", err, time.Since(start).Round(time.Millisecond))
}

// keep holds a place in the queue until acquire or abandon ends it.
func (l *labels) keep(k labelKey, t ticket) *labelWaiter {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &labelWaiter{ticket: t, keeps: true}
	s.entry(k).enqueue(w)
	return w
}

// abandon takes a waiter out of the queue. If the label was just handed to it,
// abandon hands the label on.
func (l *labels) abandon(k labelKey, w *labelWaiter) {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.held[k]
	if !one.leave(w) {
		one.held = false
	}
	s.handOn(k)
}

// release frees the label or hands it to the first waiter.
func (l *labels) release(k labelKey) {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[k].held = false
	s.handOn(k)
}

// entry returns the entry of a label, and makes one if there is none.
func (s *labelShard) entry(k labelKey) *label {
	one := s.held[k]
	if one != nil {
		return one
	}
	if n := len(s.spare); n > 0 {
		one, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		one = &label{}
	}
	s.held[k] = one
	return one
}

// handOn hands a label that is not held to the next waiter. It drops the entry
// of a label that nobody wants.
func (s *labelShard) handOn(k labelKey) {
	one := s.held[k]
	if one.held || one.handOver() || len(one.queue) > 0 {
		return
	}
	delete(s.held, k)
	if len(s.spare) < 4 {
		one.queue = nil
		s.spare = append(s.spare, one)
	}
}

// handOver gives the label to the first waiter that no kept place holds up.
func (l *label) handOver() bool {
	kept := false
	for i, w := range l.queue {
		if w.keeps {
			kept = true
		} else if !kept || w.holding {
			l.queue = slices.Delete(l.queue, i, i+1)
			l.held = true
			close(w.ready)
			return true
		}
	}
	return false
}

// enqueue puts w behind all waiters that asked no later.
func (l *label) enqueue(w *labelWaiter) {
	i := len(l.queue)
	for i > 0 && l.queue[i-1].ticket > w.ticket {
		i--
	}
	l.queue = slices.Insert(l.queue, i, w)
}

// leave takes w out of the queue, and reports whether it was there.
func (l *label) leave(w *labelWaiter) bool {
	i := slices.Index(l.queue, w)
	if i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	return i >= 0
}
