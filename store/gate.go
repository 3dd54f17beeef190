package store

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// gates let a transaction that keeps losing go first. From its third attempt
// on it holds the gate of its namespace, and other commits of this process in
// the namespace wait there for a while. Gates serve progress only: a commit
// that has waited long enough goes ahead, and its checks decide.
//
// Transactions that want to hold the gate and commits that want to pass wait
// in one queue, first come, first served, so neither starves. When a holder
// leaves, the commits before the next holder pass. The next holder begins when
// they have ended.
type gates struct {
	active atomic.Int32 // how many gates m has: mostly 0, and then commits do not lock mu
	mu     sync.Mutex
	m      map[string]*gate
}

type gate struct {
	holder  *attempt
	wait    time.Duration // how long commits let the holder go first
	turns   int           // holders so far
	passing int           // admitted commits that have not ended
	queue   []*gateWaiter
}

type gateWaiter struct {
	holder *attempt // the attempt that wants to hold the gate; nil for a commit
	wait   time.Duration
	ready  chan struct{}
}

// admitted reports whether the turn of the waiter has come.
func (w *gateWaiter) admitted() bool {
	select {
	case <-w.ready:
		return true
	default:
		return false
	}
}

// hold takes the gate for attempt a. If held is true, the caller must call
// leave. wait is how long commits then let a go first.
//
// hold gives up when the gate has not changed hands for limit, or for as long
// as its holder may take. The holder may be waiting for a: its callback may
// have started a with a context from outside.
func (g *gates) hold(ctx context.Context, set *settings, closed <-chan struct{}, namespace string, limit time.Duration, a *attempt, wait time.Duration) (held bool, err error) {
	w := g.join(namespace, a, wait)
	if w.admitted() {
		return true, nil
	}
	ctx, op := set.trace(ctx, OpGateWait, "", &err)
	defer op.end(&err)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	start := time.Now()
	for turns := g.turns(namespace); ; {
		select {
		case <-w.ready:
			return true, nil
		case <-timer.C:
			if now := g.turns(namespace); now != turns {
				turns, start = now, time.Now()
				timer.Reset(limit)
				continue
			}
			if more := g.more(namespace, start); more > 0 {
				timer.Reset(more)
				continue
			}
			_, left := g.abandonWait(namespace, w)
			return !left, nil
		case <-ctx.Done():
			g.abandon(namespace, w)
			return false, ctx.Err()
		case <-closed:
			g.abandon(namespace, w)
			return false, ErrClosed
		}
	}
}

// turns counts the holders of a gate so far. The caller waits for that gate.
func (g *gates) turns(namespace string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.m[namespace].turns
}

// leave gives the gate up.
func (g *gates) leave(namespace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m[namespace].holder = nil
	g.admit(namespace)
}

// more is how much longer a wait that began at start lets the holder go first.
func (g *gates) more(namespace string, start time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if one := g.m[namespace]; one.holder != nil {
		return one.wait - time.Since(start)
	}
	return 0
}

// pass waits until a commit may pass the gate, for limit or for as long as the
// holder may take. If passed is true, the caller must call done after the
// commit. If not, the commit goes ahead all the same, and overtakes is the
// holder that it waited for in vain.
func (g *gates) pass(ctx context.Context, set *settings, closed <-chan struct{}, namespace string, limit time.Duration) (passed bool, overtakes *attempt, err error) {
	if g.active.Load() == 0 {
		return false, nil, nil
	}
	w := g.join(namespace, nil, 0)
	if w == nil {
		return false, nil, nil
	}
	if w.admitted() {
		return true, nil, nil
	}
	ctx, op := set.trace(ctx, OpGateWait, "", &err)
	defer op.end(&err)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for start := time.Now(); ; {
		select {
		case <-w.ready:
			return true, nil, nil
		case <-timer.C:
			if more := g.more(namespace, start); more > 0 {
				timer.Reset(more)
				continue
			}
			holder, left := g.abandonWait(namespace, w)
			return !left, holder, nil
		case <-ctx.Done():
			g.abandon(namespace, w)
			return false, nil, ctx.Err()
		case <-closed:
			g.abandon(namespace, w)
			return false, nil, ErrClosed
		}
	}
}

// done ends an admitted commit.
func (g *gates) done(namespace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m[namespace].passing--
	g.admit(namespace)
}

// join queues up. A transaction makes the gate if there is none; a commit gets
// nil then, and need not wait.
func (g *gates) join(namespace string, holder *attempt, wait time.Duration) *gateWaiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.m[namespace]
	if one == nil {
		if holder == nil {
			return nil
		}
		if g.m == nil {
			g.m = map[string]*gate{}
		}
		one = &gate{}
		g.m[namespace] = one
		g.active.Add(1)
	}
	w := &gateWaiter{holder: holder, wait: wait, ready: make(chan struct{})}
	one.queue = append(one.queue, w)
	g.admit(namespace)
	return w
}

// abandonWait takes a waiter out of the queue and returns the holder of the
// gate. left is false if the waiter was admitted just before.
func (g *gates) abandonWait(namespace string, w *gateWaiter) (holder *attempt, left bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	holder = g.m[namespace].holder
	if left = g.remove(namespace, w); !left {
		return nil, false
	}
	return holder, true
}

// abandon takes a waiter out of the queue. If it was admitted just before,
// abandon gives its turn up.
func (g *gates) abandon(namespace string, w *gateWaiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.remove(namespace, w) {
		return
	}
	if w.holder != nil {
		g.m[namespace].holder = nil
	} else {
		g.m[namespace].passing--
	}
	g.admit(namespace)
}

func (g *gates) remove(namespace string, w *gateWaiter) bool {
	one := g.m[namespace]
	i := slices.Index(one.queue, w)
	if i < 0 {
		return false
	}
	one.queue = slices.Delete(one.queue, i, i+1)
	g.admit(namespace) // those behind a holder that left may pass
	return true
}

// admit lets the next waiters in, and drops a gate that nobody needs.
func (g *gates) admit(namespace string) {
	one := g.m[namespace]
	for one.holder == nil && len(one.queue) > 0 {
		w := one.queue[0]
		if w.holder != nil && one.passing > 0 {
			return
		}
		one.queue = slices.Delete(one.queue, 0, 1)
		if w.holder != nil {
			one.holder, one.wait = w.holder, w.wait
			one.turns++
		} else {
			one.passing++
		}
		close(w.ready)
	}
	if one.holder == nil && one.passing == 0 && len(one.queue) == 0 {
		delete(g.m, namespace)
		g.active.Add(-1)
	}
}
