package store

import (
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// pending is the commit of a transaction or a Set, and the lane in which it is
// counted. It passes through an interface and would be allocated, with its
// slices, for each; a driver must not keep it.
type pending struct {
	lane lane
	driver.Commit
}

var pendings = sync.Pool{New: func() any { return &pending{lane: nextLane()} }}

// fewPending is the largest count of writes or checks whose storage is kept.
const fewPending = 256

// newPending answers a commit of nothing. Whoever asks calls free.
func newPending() *pending { return pendings.Get().(*pending) }

// free ends the commit. It keeps no id and no value alive.
func (p *pending) free() {
	if cap(p.Writes) > fewPending || cap(p.Checks) > fewPending {
		return
	}
	clear(p.Writes)
	clear(p.Checks)
	p.Commit = driver.Commit{Writes: p.Writes[:0], Checks: p.Checks[:0]}
	pendings.Put(p)
}
