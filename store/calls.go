package store

import (
	"math/rand/v2"
	"sync/atomic"
)

// calls counts the driver calls under way, so that Close can let them end: a
// driver is never called after its Close. The count is striped because every
// Get passes here.
type calls struct {
	stripes [16]stripe
	closing atomic.Bool
	closed  chan struct{} // closed as soon as no call may begin
	ended   chan struct{} // a token whenever a call ended while closing
}

type stripe struct {
	n atomic.Int64
	_ [56]byte // a cache line each
}

// call is the receipt of begin.
type call struct{ stripe *stripe }

func (c *calls) init() {
	c.closed = make(chan struct{})
	c.ended = make(chan struct{}, 1)
}

// begin admits one driver call, or answers ErrClosed. The count goes up before
// the mark is read and close sets the mark before it reads the counts, so one
// of the two sees the other.
func (c *calls) begin() (call, error) {
	s := &c.stripes[rand.Uint32()%uint32(len(c.stripes))]
	s.n.Add(1)
	if c.closing.Load() {
		c.end(call{s})
		return call{}, ErrClosed
	}
	return call{s}, nil
}

func (c *calls) end(one call) {
	one.stripe.n.Add(-1)
	if c.closing.Load() {
		select {
		case c.ended <- struct{}{}:
		default:
		}
	}
}

// close refuses further calls and returns when none is left.
func (c *calls) close() {
	c.closing.Store(true)
	close(c.closed)
	for c.running() > 0 {
		<-c.ended
	}
}

func (c *calls) running() (n int64) {
	for i := range c.stripes {
		n += c.stripes[i].n.Load()
	}
	return n
}
