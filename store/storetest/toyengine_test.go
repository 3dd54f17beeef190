package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// fault says in words how a toy breaks a rule. toydriver_test.go has the
// faults of the backend, the other toy*_test.go those of the store.
type fault string

// toyEngine is what handles on one driver share. To be simple it has one
// mutex, and one condition that wakes all waiters.
type toyEngine struct {
	fault fault
	d     driver.Driver // of the first store

	mu      sync.Mutex
	cond    *sync.Cond
	held    map[toyLabel]*toyTransaction
	queue   []*toyWaiter
	gates   map[string]*toyTransaction
	snaps   map[driver.Snapshot]bool
	live    map[*toyAttempt]bool // of one fault
	known   map[driver.Key]bool  // of one fault
	running int
	tickets int
	closed  bool
	dead    bool // the test is over: all waits end
	down    chan struct{}
}

type toyLabel struct{ namespace, name string }

type toyWaiter struct {
	label   toyLabel
	ticket  int
	holding bool            // the waiter holds labels
	keeps   *toyTransaction // that will wait here when it runs again
}

// toys makes stores with one fault. kill ends all waits in them.
type toys struct {
	fault   fault
	mu      sync.Mutex
	engines map[driver.Driver]*toyEngine
}

func (t *toys) open(ctx context.Context, d driver.Driver, o *store.Options) (root, error) {
	d, backend, err := t.wrap(ctx, d, o)
	if err != nil {
		return nil, &store.Error{Op: "new", Err: err}
	}
	set, err := toySettings(t.fault, d, o)
	if err != nil {
		return nil, &store.Error{Op: "new", Err: err}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.engines[backend]
	if e == nil || e.closed {
		e = &toyEngine{
			fault: t.fault, d: d, held: map[toyLabel]*toyTransaction{}, gates: map[string]*toyTransaction{},
			snaps: map[driver.Snapshot]bool{}, live: map[*toyAttempt]bool{}, known: map[driver.Key]bool{}, down: make(chan struct{}),
		}
		e.cond = sync.NewCond(&e.mu)
		t.engines[backend] = e
	}
	if t.fault == "calls go through the first driver" {
		d = e.d
	}
	s := &toyStore{e: e, d: d, set: set, id: rand.Uint64()}
	if set.Tracer != nil {
		return newToyTraced(s), nil
	}
	return s, nil
}

func (t *toys) kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.engines {
		e.mu.Lock()
		if !e.dead {
			e.dead = true
			close(e.down)
		}
		e.cond.Broadcast()
		e.mu.Unlock()
	}
}

func toySettings(f fault, d driver.Driver, o *store.Options) (*store.Options, error) {
	set := store.Options{}
	if o != nil {
		set = *o
	}
	if set.Durability > d.Info().Durability && f != "durability not demanded" {
		return nil, store.ErrUnsupported
	}
	limits := d.Info().Limits
	for _, one := range []struct {
		at           *int
		def, backend int
	}{
		{&set.MaxIDBytes, 512, limits.IDBytes},
		{&set.MaxValueBytes, 4 << 20, limits.ValueBytes},
		{&set.MaxCommitBytes, 256 << 20, limits.CommitBytes},
		{&set.MaxCommitRecords, 1_000_000, limits.CommitRecords},
		{&set.MaxAttempts, 100, 0},
	} {
		if *one.at < 0 && f != "negative limits accepted" {
			return nil, store.ErrInvalid
		}
		if *one.at == 0 && !(f == "zero is no default" && o != nil && o.MaxIDBytes+o.MaxAttempts == 0 && o.GateWait == 0 && o.Tracer == nil) {
			*one.at = one.def
		}
		if one.backend > 0 && one.backend < *one.at && f != "declared limits ignored" {
			*one.at = one.backend
		}
	}
	if set.GateWait < 0 || set.GateLimit < 0 || set.LabelWait < 0 || set.CommitTimeout < 0 {
		return nil, store.ErrInvalid
	}
	if set.GateWait == 0 {
		set.GateWait = time.Second
	}
	if set.GateLimit == 0 {
		set.GateLimit = 30 * time.Second
	}
	return &set, nil
}

func (e *toyEngine) is(f fault) bool { return e.fault == f }

var errDead = errors.New("the test is over")

// wait waits until ready is true, ctx ends, the store closes, or limit is over
// if it is not 0. The mutex is held.
func (e *toyEngine) wait(ctx context.Context, limit time.Duration, ready func() bool) error {
	wake := func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.cond.Broadcast()
	}
	if e.is("waiters ignore ctx") {
		ctx.Done() // a check may watch this call
		ctx = context.Background()
	}
	defer context.AfterFunc(ctx, wake)()
	late := false
	if limit > 0 {
		defer time.AfterFunc(limit, func() {
			e.mu.Lock()
			late = true
			e.mu.Unlock()
			wake()
		}).Stop()
	}
	for !ready() {
		switch {
		case e.dead:
			return errDead
		case ctx.Err() != nil:
			return ctx.Err()
		case e.closed && !e.is("Close wakes nobody"):
			return store.ErrClosed
		case late:
			return nil
		}
		e.cond.Wait()
	}
	return nil
}

// label returns the name under which the label is held.
func (e *toyEngine) label(s *toyStore, name string) toyLabel {
	l := toyLabel{s.namespace, name}
	if e.is("labels belong to the Store value") {
		l.namespace += fmt.Sprint(s.id)
	}
	if e.is("labels shared by namespaces") {
		l.namespace = ""
	}
	return l
}

// acquire takes one label. Waiters get it in the order of their tickets.
func (e *toyEngine) acquire(ctx context.Context, t *toyTransaction, name string) error {
	l := e.label(t.s, name)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.is("labels not honoured") {
		return nil
	}
	e.forget(func(w *toyWaiter) bool { return w.keeps == t && w.label == l })
	w := &toyWaiter{label: l, ticket: t.ticket, holding: len(t.held) > 0}
	e.queue = append(e.queue, w)
	defer func() {
		i := slices.Index(e.queue, w)
		if ctx.Err() == nil || !e.is("cancelled waiters stay in the queue") {
			e.queue = slices.Delete(e.queue, i, i+1)
		}
		e.cond.Broadcast()
	}()
	ready := func() bool {
		if e.held[l] != nil {
			return false
		}
		return !slices.ContainsFunc(e.queue, func(other *toyWaiter) bool { return e.goesFirst(other, w) })
	}
	if !ready() {
		if err := e.waitForLabel(ctx, t, ready); err != nil {
			return err
		}
	}
	e.held[l] = t
	t.held = append(t.held, name)
	return nil
}

// goesFirst reports whether w lets another waiter go first. A kept place holds
// up only waiters that hold no label. Those it holds up do not hold up waiters
// that do: the transaction that keeps the place may wait for one of them.
func (e *toyEngine) goesFirst(other, w *toyWaiter) bool {
	if other.label != w.label || !e.before(other.ticket, w.ticket) {
		return false
	}
	if !w.holding || other.holding {
		return true
	}
	return other.keeps == nil && !slices.ContainsFunc(e.queue, func(k *toyWaiter) bool {
		return k.keeps != nil && e.goesFirst(k, other)
	})
}

// keep keeps the places of a transaction that will run again.
func (e *toyEngine) keep(t *toyTransaction, names []string) {
	for _, name := range names {
		e.queue = append(e.queue, &toyWaiter{label: e.label(t.s, name), ticket: t.ticket, keeps: t})
	}
}

func (e *toyEngine) forget(which func(w *toyWaiter) bool) {
	e.queue = slices.DeleteFunc(e.queue, which)
}

func (e *toyEngine) before(other, own int) bool {
	if e.is("last come first served") {
		return other > own
	}
	return other < own
}

func (e *toyEngine) release(t *toyTransaction, names []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range names {
		if l := e.label(t.s, name); e.held[l] == t {
			delete(e.held, l)
		}
		t.held = slices.DeleteFunc(t.held, func(held string) bool { return held == name })
	}
	e.cond.Broadcast()
}

// call counts a call of the driver. Close waits for it.
func (e *toyEngine) call(f func() error) error {
	e.mu.Lock()
	if e.closed && !e.is("calls go on after Close") {
		e.mu.Unlock()
		return store.ErrClosed
	}
	e.running++
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.running--
		e.cond.Broadcast()
		e.mu.Unlock()
	}()
	return f()
}

func (e *toyEngine) close(through driver.Driver) error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		if e.is("second Close fails") {
			return store.ErrClosed
		}
		return nil
	}
	e.closed = true
	e.cond.Broadcast()
	for e.running > 0 && !e.is("Close waits for nothing") && !e.dead {
		e.cond.Wait()
	}
	e.mu.Unlock()
	for s := range e.snaps {
		_ = s.Close()
	}
	if e.is("Close leaves the backend open") {
		return nil
	}
	if e.is("Close leaves a goroutine") {
		go func() { <-e.down }()
	}
	return through.Close()
}
