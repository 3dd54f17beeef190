package store

import (
	"math/rand/v2"
	"sync/atomic"
)

// calls counts the driver calls under way, so that Close can let them end: a
// driver is never called after its Close. Every Get passes here, so the count is
// kept in stripes, each on a cache line of its own, and apart from what lies
// around it, such as the table of labels.
type calls struct {
	_       [64]byte
	running [16]counter
	closing atomic.Bool
	closed  chan struct{} // closed as soon as no call may begin
	ended   chan struct{} // a token whenever a call ended while closing
	_       [64]byte
}

type counter struct {
	n atomic.Int64
	_ [56]byte
}

// stripe says where a call is counted. Any will do, but calls that run at once
// better have different ones.
type stripe uint32

func anyStripe() stripe { return stripe(rand.Uint32()) }

// nextStripe is for what is made seldom and used often.
func nextStripe() stripe { return stripe(stripes.Add(1)) }

var stripes atomic.Uint32

func (c *calls) init() {
	c.closed = make(chan struct{})
	c.ended = make(chan struct{}, 1)
}

func (c *calls) in(l stripe) *atomic.Int64 { return &c.running[l%stripe(len(c.running))].n }

// begin admits one driver call, or answers ErrClosed. The count goes up before
// the mark is read and close sets the mark before it reads the counts, so one
// of the two sees the other.
func (c *calls) begin(l stripe) error {
	c.in(l).Add(1)
	if c.closing.Load() {
		c.end(l)
		return ErrClosed
	}
	return nil
}

// end is called with the stripe of begin.
func (c *calls) end(l stripe) {
	c.in(l).Add(-1)
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
