package store

import (
	"context"
	"errors"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// commitCall is one commit of the driver, by a transaction or a Set, and the
// stripe that counts it. It passes through an interface, so each call would
// allocate it and its slices. Instead commitCalls are pooled; a driver must
// not keep a Commit.
type commitCall struct {
	stripe stripe
	sent   bool // the driver may still use it
	driver.Commit
}

var commitCalls = sync.Pool{New: func() any { return &commitCall{stripe: nextStripe()} }}

// keptWrites is the longest list of writes, or of checks, that the pool keeps.
const keptWrites = 256

// newCommitCall returns an empty commit. The caller must call free.
func newCommitCall() *commitCall { return commitCalls.Get().(*commitCall) }

// send calls the driver.
func (p *commitCall) send(ctx context.Context, d driver.Driver, namespace string) error {
	p.sent = true
	err := d.Commit(ctx, namespace, &p.Commit)
	p.sent = err != nil && !errors.Is(err, driver.ErrConflict)
	return err
}

// free returns the commit to the pool, without its ids and values. After a
// panic or an error it does not: a driver that breaks the rules may still use
// the slices, and another commit would share them.
func (p *commitCall) free() {
	if p.sent || cap(p.Writes) > keptWrites || cap(p.Checks) > keptWrites {
		return
	}
	clear(p.Writes)
	clear(p.Checks)
	p.Commit = driver.Commit{Writes: p.Writes[:0], Checks: p.Checks[:0]}
	commitCalls.Put(p)
}
