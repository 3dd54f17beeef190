package store

import (
	"context"
	"errors"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// pending is the commit of a transaction or a Set, and the stripe in which it
// is counted. It passes through an interface and would be allocated, with its
// slices, for each; a driver must not keep it.
type commitCall struct {
	stripe stripe
	sent   bool // the driver may still be at it
	driver.Commit
}

var commitCalls = sync.Pool{New: func() any { return &commitCall{stripe: nextStripe()} }}

// keptWrites bounds the storage that is kept, in writes and in checks.
const keptWrites = 256

// newCommitCall answers a commit of nothing. Whoever asks calls free.
func newCommitCall() *commitCall { return commitCalls.Get().(*commitCall) }

// send is one driver call.
func (p *commitCall) send(ctx context.Context, d driver.Driver, namespace string) error {
	p.sent = true
	err := d.Commit(ctx, namespace, &p.Commit)
	p.sent = err != nil && !errors.Is(err, driver.ErrConflict)
	return err
}

// free ends the commit and keeps no id and no value alive. After a panic or an
// error it leaves the commit to the collector: a driver that, against the
// rules, is not through with it must not come upon another's.
func (p *commitCall) free() {
	if p.sent || cap(p.Writes) > keptWrites || cap(p.Checks) > keptWrites {
		return
	}
	clear(p.Writes)
	clear(p.Checks)
	p.Commit = driver.Commit{Writes: p.Writes[:0], Checks: p.Checks[:0]}
	commitCalls.Put(p)
}
