package store

import (
	"math/rand/v2"
	"sync/atomic"
)

// calls counts the driver calls that run now, so that Close can wait for them:
// a driver is never called after its Close. Every Get is counted, so the count
// is split into stripes. Each stripe has a cache line of its own, also apart
// from what lies around it, such as the table of labels.
type calls struct {
	_       [64]byte
	running [16]counter
	closing atomic.Bool
	closed  chan struct{} // closed when no further call may begin
	ended   chan struct{} // has a token when a call has ended while closing
	_       [64]byte
}

type counter struct {
	n atomic.Int64
	_ [56]byte
}

// stripe selects the counter of a call. Any will do, but calls that run at
// once should have different ones.
type stripe uint32

func anyStripe() stripe { return stripe(rand.Uint32()) }

// nextStripe is for values that are made seldom and used often.
func nextStripe() stripe { return stripe(stripes.Add(1)) }

var stripes atomic.Uint32

func (c *calls) init() {
	c.closed = make(chan struct{})
	c.ended = make(chan struct{}, 1)
}

func (c *calls) in(l stripe) *atomic.Int64 { return &c.running[l%stripe(len(c.running))].n }

// begin admits one driver call, or answers ErrClosed. begin counts first and
// reads closing then; close sets closing first and reads the counts then. So
// one of the two sees the other.
func (c *calls) begin(l stripe) error {
	c.in(l).Add(1)
	if c.closing.Load() {
		c.end(l)
		return ErrClosed
	}
	return nil
}

// end takes the stripe of begin.
func (c *calls) end(l stripe) {
	c.in(l).Add(-1)
	if c.closing.Load() {
		select {
		case c.ended <- struct{}{}:
		default:
		}
	}
}

// close refuses further calls and returns when none runs any more.
func (c *calls) close() {
	c.closing.Store(true)
	close(c.closed)
	for c.count() > 0 {
		<-c.ended
	}
}

func (c *calls) count() (n int64) {
	for i := range c.running {
		n += c.running[i].n.Load()
	}
	return n
}
