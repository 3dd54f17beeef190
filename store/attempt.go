package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/keyfam/keyfam/store/driver"
)

// attempt is one run of a callback: its handles, its writes and what it has
// read. An attempt is never used for another run. So a handle that is kept too
// long finds the end of its own attempt and nothing else.
type attempt struct {
	store    *Store
	txn      *transaction
	reader   driver.Reader // the driver, or a snapshot that needs no checks
	readOnly bool
	gated    bool // the namespace's gate is held
	doom     doom // guarded by mu
	// outwaited: a commit that had waited at the gate in vain has changed what
	// was read.
	outwaited bool // guarded by mu
	ended     atomic.Bool

	mu      sync.Mutex // guards all below; held during a driver read
	failure error      // what calls answer once the attempt is doomed
	reads   readSet
	writes  overlay

	running []*scope      // nested transactions under way
	nesting chan struct{} // see turn; guarded by mu
	root    Tx
	scope   scope
	ctx     txContext
}

// doom is why an attempt cannot commit.
type doom uint8

const (
	sound      doom = iota
	overtaken       // a read disagreed with an earlier one: run again on fresh data
	outOfOrder      // a nested label was not free: run again with all labels in order
	readFailed      // the backend did not answer: no commit may follow
)

// errRerun is what handles answer when their attempt will run again. The
// result of its callback is then ignored.
var errRerun = errors.New("this attempt of the transaction will be run again")

func (t *transaction) newAttempt(ctx context.Context) *attempt {
	a := &t.first
	if a.txn != nil {
		a = new(attempt)
	}
	a.init(ctx, t.store, t.store.driver())
	a.txn, a.readOnly = t, t.readOnly
	return a
}

func (a *attempt) init(ctx context.Context, s *Store, from driver.Reader) {
	a.store, a.reader = s, from
	a.root = newTx(a, &a.scope)
	a.ctx = newContext(ctx, a)
}

func (a *attempt) alive() bool { return !a.ended.Load() }

// end makes every handle answer ErrTxDone and undoes nested transactions that
// still run. Each call holds the mutex, so end waits for those under way.
// Afterwards nobody changes the attempt, and the commit reads it without the
// mutex.
func (a *attempt) end() {
	a.mu.Lock()
	a.ended.Store(true)
	for _, s := range a.running { // they have not ended well
		a.writes.undo(s)
	}
	a.mu.Unlock()
}

// doomBy dooms the attempt, unless it is doomed already. It returns what
// handles answer from now on.
func (a *attempt) doomBy(why doom, err error) error {
	if a.doom == sound {
		a.doom, a.failure = why, err
	}
	return a.failure
}

// overtakenBy notes that a commit of this process waited for the attempt in
// vain, if the commit changed what the attempt has read.
func (a *attempt) overtakenBy(p *commitCall) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outwaited = a.outwaited || a.reads.changedBy(&p.Commit)
}

// snapshotted reports whether all reads are of one snapshot, so that they need
// no checks.
func (a *attempt) snapshotted() bool { return a.txn == nil }

// read reads records of one family from the backend and remembers them. On
// success the caller must call free.
func (a *attempt) read(ctx context.Context, family string, ids []string) (*readCall, error) {
	r := newReadCall(family, ids)
	if err := a.fill(ctx, r); err != nil {
		return nil, err
	}
	return r, nil
}

// fill calls the backend. Answers of a snapshot need no check and are not
// remembered. Elsewhere an error dooms the attempt.
func (a *attempt) fill(ctx context.Context, r *readCall) error {
	err := a.store.engine().read(ctx, a.reader, a.store.namespace(), r)
	a.reads.calls++
	if a.snapshotted() {
		return err
	}
	if err != nil {
		return a.doomBy(readFailed, err)
	}
	for i := range r.keys {
		if !a.reads.addPoint(r.keys[i], &r.records[i]) {
			return a.doomBy(overtaken, errRerun)
		}
	}
	return nil
}

// keeps reports whether the bytes of a record just read are not the caller's:
// the driver still uses them, or the attempt does, to repeat the read.
func (a *attempt) keeps(r *driver.Record) bool { return r.Shared || !a.snapshotted() }

// readPage reads a page and remembers what it shows.
func (a *attempt) readPage(ctx context.Context, q driver.Query) (driver.Page, *rangeRead, error) {
	page, err := a.store.engine().scan(ctx, a.reader, a.store.namespace(), q)
	a.reads.calls++
	if a.snapshotted() {
		return page, nil, err
	}
	if err != nil {
		return page, nil, a.doomBy(readFailed, err)
	}
	one := newRangeRead(q, &page)
	if !a.reads.addRange(one) {
		return page, nil, a.doomBy(overtaken, errRerun)
	}
	return page, one, nil
}

// countRange counts what the backend holds in a range and remembers the answer.
// The error is [ErrUnsupported] if the backend cannot count.
func (a *attempt) countRange(ctx context.Context, span driver.Range) (int, error) {
	if n, ok := a.reads.counts.find(span); ok {
		return n, nil
	}
	from, ok := a.counter()
	if !ok {
		return 0, ErrUnsupported
	}
	n, err := a.store.engine().count(ctx, from, a.store.namespace(), span)
	if errors.Is(err, ErrUnsupported) {
		return 0, err
	}
	a.reads.calls++
	if a.snapshotted() {
		return n.Records, err
	}
	if err != nil {
		return 0, a.doomBy(readFailed, err)
	}
	a.reads.addCount(countRead{span, n.Records, n.Epoch})
	return n.Records, nil
}

// counter is the power to count what the attempt reads.
func (a *attempt) counter() (driver.Counter, bool) {
	if a.snapshotted() {
		return driver.CounterOf(a.reader)
	}
	return driver.As[driver.Counter](a.store.driver())
}

// known answers a record that the attempt has written or read.
func (a *attempt) known(k driver.Key) (value []byte, exists, known bool) {
	if value, exists, known = a.writes.get(k); known {
		return value, exists, true
	}
	if r := a.reads.point(k); r != nil {
		return r.Value, r.Exists, true
	}
	return nil, false, false
}

func (a *attempt) wasOutwaited() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outwaited
}

// call runs fn and ends the handles, also if fn panics or exits its goroutine.
func (a *attempt) call(fn TxFunc) error {
	defer a.end()
	return fn(&a.ctx, &a.root)
}
