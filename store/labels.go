package store

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// labels is the table of held labels. A label that is neither held nor waited
// for has no entry. It is sharded, so that uncontended labels rarely meet, also
// those of one name in many namespaces.
type labels struct {
	seed   maphash.Seed
	shards [64]labelShard
}

type labelShard struct {
	mu    sync.Mutex
	held  map[labelKey]*label
	spare []*label // at most a few, so that a free label costs no allocation
	_     [24]byte // as long as a cache line: no two locks share one
}

// labelKey: labels of different namespaces are different.
type labelKey struct{ namespace, name string }

// label is one held label and those who wait for it, in the order of their
// tickets.
type label struct {
	queue []*labelWaiter
}

type labelWaiter struct {
	ticket ticket
	ready  chan struct{} // closed when the label is handed over
}

// ticket is a transaction's place in every queue: when it first asked. It only
// ever orders waiters within this process.
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

// tryAcquire takes the label if it is free. A label with waiters is never free:
// release hands it over.
func (l *labels) tryAcquire(k labelKey) bool {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[k] != nil {
		return false
	}
	s.hold(k)
	return true
}

// acquire takes the label, waiting in the order of tickets until it is handed
// over, ctx ends or the store closes.
func (l *labels) acquire(ctx context.Context, closed <-chan struct{}, k labelKey, t ticket) error {
	s := l.shard(k)
	s.mu.Lock()
	held := s.held[k]
	if held == nil {
		s.hold(k)
		s.mu.Unlock()
		return nil
	}
	w := &labelWaiter{ticket: t, ready: make(chan struct{})}
	held.enqueue(w)
	s.mu.Unlock()

	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		l.abandon(k, w)
		return ctx.Err()
	case <-closed:
		l.abandon(k, w)
		return ErrClosed
	}
}

// abandon takes a waiter out of the queue, or passes on what it was just given.
func (l *labels) abandon(k labelKey, w *labelWaiter) {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held[k]
	if held != nil {
		if i := slices.Index(held.queue, w); i >= 0 {
			held.queue = slices.Delete(held.queue, i, i+1)
			return
		}
	}
	s.release(k)
}

// release frees the label or hands it to the first in the queue.
func (l *labels) release(k labelKey) {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(k)
}

func (s *labelShard) hold(k labelKey) {
	if n := len(s.spare); n > 0 {
		s.held[k], s.spare = s.spare[n-1], s.spare[:n-1]
		return
	}
	s.held[k] = &label{}
}

func (s *labelShard) release(k labelKey) {
	held := s.held[k]
	if len(held.queue) > 0 {
		first := held.queue[0]
		held.queue = slices.Delete(held.queue, 0, 1)
		close(first.ready)
		return
	}
	delete(s.held, k)
	if len(s.spare) < 4 {
		held.queue = nil
		s.spare = append(s.spare, held)
	}
}

// enqueue puts w behind everybody who asked no later.
func (l *label) enqueue(w *labelWaiter) {
	i := len(l.queue)
	for i > 0 && l.queue[i-1].ticket > w.ticket {
		i--
	}
	l.queue = slices.Insert(l.queue, i, w)
}
