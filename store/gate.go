package store

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// gates let a transaction that keeps losing go first. A transaction holds its
// namespace's gate from its third attempt on; other commits of the namespace in
// this process stop there for a while. Gates are for progress only: whoever has
// waited long enough goes ahead, and the checks in the commit decide.
//
// The queue is first come, first served for both kinds, so neither starves: a
// gate that is given up admits the commits that came before the next holder,
// and the next holder begins when these have ended.
type gates struct {
	active atomic.Int32 // gates in m: commits look here and normally find none
	mu     sync.Mutex
	m      map[string]*gate
}

type gate struct {
	held    bool // by a transaction
	turns   int  // holders so far
	passing int  // commits that were admitted and have not ended
	queue   []*gateWaiter
}

type gateWaiter struct {
	holder bool // wants to hold the gate, not to pass it
	ready  chan struct{}
}

// hold takes the gate for a transaction's attempt. If held is true the caller
// calls leave. It is false if the gate did not change hands for as long as limit:
// the holder may be waiting for the caller, which its callback has started with
// a context from outside.
func (g *gates) hold(ctx context.Context, closed <-chan struct{}, namespace string, limit time.Duration) (held bool, err error) {
	w := g.join(namespace, true)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for turns := g.turns(namespace); ; {
		select {
		case <-w.ready:
			return true, nil
		case <-timer.C:
			if now := g.turns(namespace); now != turns {
				turns = now
				timer.Reset(limit)
				continue
			}
			return !g.abandonWait(namespace, w), nil
		case <-ctx.Done():
			g.abandon(namespace, w)
			return false, ctx.Err()
		case <-closed:
			g.abandon(namespace, w)
			return false, ErrClosed
		}
	}
}

// turns counts the holders of a gate that somebody waits for.
func (g *gates) turns(namespace string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.m[namespace].turns
}

// leave gives the gate up.
func (g *gates) leave(namespace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m[namespace].held = false
	g.admit(namespace)
}

// pass waits for a commit's turn, at most limit. If passed is true the caller
// calls done after the commit.
func (g *gates) pass(ctx context.Context, closed <-chan struct{}, namespace string, limit time.Duration) (passed bool, err error) {
	if g.active.Load() == 0 {
		return false, nil
	}
	w := g.join(namespace, false)
	if w == nil {
		return false, nil
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.ready:
		return true, nil
	case <-timer.C:
		return !g.abandonWait(namespace, w), nil
	case <-ctx.Done():
		g.abandon(namespace, w)
		return false, ctx.Err()
	case <-closed:
		g.abandon(namespace, w)
		return false, ErrClosed
	}
}

// done ends a commit that was admitted.
func (g *gates) done(namespace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m[namespace].passing--
	g.admit(namespace)
}

// join queues up, and makes the gate if the caller wants to hold it. It answers
// nil to a commit where there is no gate.
func (g *gates) join(namespace string, holder bool) *gateWaiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.m[namespace]
	if one == nil {
		if !holder {
			return nil
		}
		if g.m == nil {
			g.m = map[string]*gate{}
		}
		one = &gate{}
		g.m[namespace] = one
		g.active.Add(1)
	}
	w := &gateWaiter{holder: holder, ready: make(chan struct{})}
	one.queue = append(one.queue, w)
	g.admit(namespace)
	return w
}

// abandonWait takes a waiter out of the queue; false means that it had just been
// admitted.
func (g *gates) abandonWait(namespace string, w *gateWaiter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.remove(namespace, w)
}

// abandon takes a waiter out of the queue, or gives up what it was just given.
func (g *gates) abandon(namespace string, w *gateWaiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.remove(namespace, w) {
		return
	}
	if w.holder {
		g.m[namespace].held = false
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

// admit lets in whoever may go next and drops a gate that nobody needs.
func (g *gates) admit(namespace string) {
	one := g.m[namespace]
	for !one.held && len(one.queue) > 0 {
		w := one.queue[0]
		if w.holder && one.passing > 0 {
			return
		}
		one.queue = slices.Delete(one.queue, 0, 1)
		if w.holder {
			one.held = true
			one.turns++
		} else {
			one.passing++
		}
		close(w.ready)
	}
	if !one.held && one.passing == 0 && len(one.queue) == 0 {
		delete(g.m, namespace)
		g.active.Add(-1)
	}
}
