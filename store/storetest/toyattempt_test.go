package storetest

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// toyTransaction is an outermost transaction of the toy.
type toyTransaction struct {
	s         *toyStore
	readOnly  bool
	ticket    int
	attempts  int
	outwaits  int           // attempts lost to commits that had waited at the gate in vain
	slowest   time.Duration // of the attempts after the first
	current   *toyAttempt
	labelWait time.Duration
	held      []string
	wanted    []string // labels of a nested transaction that must not wait for them
	lost      int
}

// toyAttempt is one run of a callback.
type toyAttempt struct {
	s        *toyStore
	t        *toyTransaction
	reader   driver.Reader
	snapshot bool // reads need no checks

	mu      toyMutex
	over    bool
	doom    error // why it cannot commit
	calls   int
	points  map[driver.Key]driver.Record
	checked map[driver.Key]bool // records that the commit checks
	ranges  []driver.RangeCheck
	writes  map[driver.Key]driver.Write
	cleared bool
	removed []driver.Range // may overlap
	open    []*toyNest     // nested transactions under way
	next    *toyAttempt    // of one fault

	gated     bool
	outwaited bool // a commit that waited at the gate in vain has changed what was read
}

// toyNest is what the attempt had written when a nested transaction began.
type toyNest struct {
	writes  map[driver.Key]driver.Write
	cleared bool
	removed []driver.Range
}

var errToyRerun = errors.New("will be run again")

func (a *toyAttempt) ended() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.over
}

func (s *toyStore) Transaction(ctx context.Context, label string, fn txFunc) error {
	if s.e.is("no label is a label") && label == "" {
		label = "\x00"
	}
	return s.transaction(ctx, "transaction", store.TxOptions{Labels: []string{label}}, fn)
}

func (s *toyStore) TransactionWith(ctx context.Context, o store.TxOptions, fn txFunc) error {
	if s.e.is("no labels are one label") && len(toyLabels(o.Labels)) == 0 {
		o.Labels = []string{"\x00"}
	}
	return s.transaction(ctx, "transaction", o, fn)
}

func toyLabels(labels []string) []string {
	labels = slices.Clone(labels)
	slices.Sort(labels)
	return slices.DeleteFunc(slices.Compact(labels), func(k string) bool { return k == "" })
}

func (s *toyStore) transaction(ctx context.Context, op string, o store.TxOptions, fn txFunc) error {
	if ctx == nil || fn == nil && !s.e.is("a nil function is nothing to do") {
		if s.e.is("error tells the label") {
			return s.fail(op, "", fmt.Errorf("%w: %q", store.ErrInvalid, o.Labels))
		}
		return s.fail(op, "", store.ErrInvalid)
	}
	if fn == nil {
		return nil
	}
	if err := s.enter(ctx); err != nil {
		return s.fail(op, "", err)
	}
	attempts, labelWait, err := s.bounds(o)
	if err != nil {
		return s.fail(op, "", err)
	}
	for m := toyChain(ctx); m != nil && op != "view"; m = m.outer {
		if !m.attempt.ended() && !s.e.is("a transaction elsewhere is allowed inside") && !s.e.is("outer handle allowed inside") {
			return s.fail(op, "", store.ErrOuterHandle)
		}
	}
	t := &toyTransaction{s: s, readOnly: op == "view", attempts: attempts, labelWait: labelWait}
	panicked := true
	defer func() {
		if panicked && s.e.is("labels leak when fn panics") {
			return
		}
		s.e.release(t, slices.Clone(t.held))
		s.e.mu.Lock()
		s.e.forget(func(w *toyWaiter) bool { return w.keeps == t })
		s.e.cond.Broadcast()
		s.e.mu.Unlock()
	}()
	err = t.run(ctx, op, toyLabels(o.Labels), fn)
	panicked = false
	return err
}

func (t *toyTransaction) run(ctx context.Context, op string, labels []string, fn txFunc) error {
	e := t.s.e
	var earlier *toyAttempt
	for {
		if t.ticket == 0 || e.is("a restart loses its place") {
			e.mu.Lock()
			e.tickets++
			t.ticket = e.tickets
			if len(labels) == 0 && e.is("who began without a label goes first") {
				t.ticket = -1
			}
			e.mu.Unlock()
		}
		for _, name := range labels {
			if err := e.acquire(ctx, t, name); err != nil {
				return t.s.fail(op, "", err)
			}
		}
		labels = nil
		if err := ctx.Err(); err != nil && !e.is("an ended ctx commits") {
			return t.s.fail(op, "", err)
		}
		if t.lost >= t.attempts && e.is("negative limits accepted") || t.attempts == 0 && e.is("zero is no default") {
			return nil
		}
		a := &toyAttempt{
			s: t.s, t: t, reader: t.s.d, mu: newToyMutex(), points: map[driver.Key]driver.Record{}, checked: map[driver.Key]bool{},
			writes: map[driver.Key]driver.Write{},
		}
		if earlier != nil && e.is("a rerun keeps what was read") {
			a.points, a.checked = earlier.points, earlier.checked
		}
		if earlier != nil && e.is("stale handles write into the rerun") {
			earlier.next = a
		}
		again, err := t.try(ctx, op, a, fn)
		if !again {
			return err
		}
		if len(t.wanted) > 0 {
			labels = toyLabels(append(t.wanted, t.held...))
			t.wanted = nil
			if !e.is("a restart gives up the places it held") {
				e.mu.Lock()
				e.keep(t, t.held)
				e.mu.Unlock()
			}
			e.release(t, slices.Clone(t.held))
			continue
		}
		if earlier == nil {
			earlier = a
		}
		if t.lost++; t.waitsForItself(a) || t.lost >= t.attempts && !e.is("retries without end") {
			if e.is("exhausted retries are success") {
				return nil
			}
			return t.s.fail(op, a.changedFamily(ctx), store.ErrConflict)
		}
	}
}

// try is one attempt.
func (t *toyTransaction) try(ctx context.Context, op string, a *toyAttempt, fn txFunc) (again bool, err error) {
	ctx, end := t.s.e.trace(ctx, store.OpAttempt, "")
	seen := errToyNoReturn
	defer func() { end(seen, t.lost+1) }()
	if again, err = t.gated(ctx, op, a, fn); again {
		seen = store.ErrConflict
	} else {
		seen = err
	}
	return again, err
}

// gated runs fn once, at the gate after two losses.
func (t *toyTransaction) gated(ctx context.Context, op string, a *toyAttempt, fn txFunc) (again bool, err error) {
	e := t.s.e
	t.current = a
	if t.lost > 0 {
		start := time.Now()
		defer func() { t.slowest = max(t.slowest, time.Since(start)) }()
	}
	if t.lost >= 2 && !e.is("no gate") {
		e.mu.Lock()
		free := func() bool { return e.gates[t.s.namespace] == nil }
		limit := t.s.set.GateWait
		if e.is("the gate is waited for without end") {
			limit = 0
		}
		err := e.wait(ctx, limit, free)
		held := err == nil && free()
		if held {
			e.gates[t.s.namespace], a.gated = t, true
		}
		e.mu.Unlock()
		if err != nil {
			return false, t.s.fail(op, "", err)
		}
		if !held { // the holder may wait for us
			return t.attempt(ctx, op, a, fn)
		}
		left := false
		defer func() {
			if e.is("the gate leaks when fn panics") && !left {
				return
			}
			e.mu.Lock()
			delete(e.gates, t.s.namespace)
			e.cond.Broadcast()
			e.mu.Unlock()
		}()
		again, err = t.attempt(ctx, op, a, fn)
		left = true
		return again, err
	}
	return t.attempt(ctx, op, a, fn)
}

func (t *toyTransaction) attempt(ctx context.Context, op string, a *toyAttempt, fn txFunc) (again bool, err error) {
	err = a.call(ctx, fn)
	if a.doom == nil && err == nil && !a.s.e.is("an ended ctx commits") {
		if err := ctx.Err(); err != nil {
			return false, t.s.fail(op, "", err)
		}
	}
	a.mu.Lock()
	doom := a.doom
	a.mu.Unlock()
	switch {
	case errors.Is(doom, errToyRerun) && !(a.s.e.is("a swallowed restart commits") && err == nil):
		return true, nil
	case doom != nil && !errors.Is(doom, errToyRerun):
		if err == nil {
			err = t.s.fail(op, "", doom)
		}
		return false, err
	case err != nil:
		if a.calls > 1 && !a.s.e.is("fn's error of mixed reads returned") && ctx.Err() == nil {
			a.mu.Lock()
			failed := a.check(ctx)
			a.mu.Unlock()
			if errors.Is(failed, store.ErrConflict) {
				return true, nil
			}
		}
		if a.s.e.is("fn's error is wrapped") {
			err = fmt.Errorf("transaction: %w", err)
		}
		if a.s.e.is("fn's error commits") {
			_ = a.commit(ctx)
		}
		return false, err
	}
	err = a.commit(ctx)
	if errors.Is(err, store.ErrConflict) {
		return true, nil
	}
	return false, t.s.fail(op, "", err)
}

func (a *toyAttempt) call(ctx context.Context, fn txFunc) (err error) {
	if a.s.e.is("a panic is an error") {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v", r)
			}
		}()
	}
	e := a.s.e
	e.mu.Lock()
	e.live[a] = true
	e.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.over = true
		if len(a.open) > 0 && !e.is("a nested transaction under way commits") {
			a.writes, a.cleared, a.removed = a.open[0].writes, a.open[0].cleared, a.open[0].removed
		}
		a.mu.Unlock()
		e.mu.Lock()
		delete(e.live, a)
		e.mu.Unlock()
	}()
	if a.s.e.is("a panic commits") {
		returned := false
		defer func() {
			if !returned {
				_ = a.commit(ctx)
			}
		}()
		inner := fn
		fn = func(ctx context.Context, tx handle) error {
			err := inner(ctx, tx)
			returned = true
			return err
		}
	}
	if a.s.e.is("the log tells the namespace") {
		log.Printf("transaction in %s", a.s.namespace)
	}
	return fn(a.mark(ctx), &toyTx{a: a})
}

// condition is the commit that checks the reads of the attempt.
func (a *toyAttempt) condition() *driver.Commit {
	c := &driver.Commit{Ranges: slices.Clone(a.ranges)}
	for k, r := range a.points {
		switch {
		case !a.checked[k], a.s.e.is("reads not validated"), a.s.e.is("misses not validated") && !r.Exists:
		default:
			c.Checks = append(c.Checks, driver.Check{Key: k, Version: r.Version})
		}
	}
	if a.s.e.is("reads not validated") {
		c.Ranges = nil
	}
	return c
}

func (a *toyAttempt) check(ctx context.Context) error {
	c := a.condition()
	if most := a.s.d.Info().Limits.CommitChecks; most > 0 && len(c.Checks)+len(c.Ranges) > most {
		return store.ErrTooLarge
	}
	c.Stamp = driver.Version(rand.Uint64() | 1)
	return a.s.e.called(ctx, store.OpDriverCheck, func(ctx context.Context) error { return a.s.d.Commit(ctx, a.s.namespace, c) })
}

func (a *toyAttempt) commit(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.writes) == 0 && len(a.allRemoved()) == 0 {
		if a.s.e.is("a read-only transaction writes") && a.calls > 1 {
			return a.s.commit(ctx, &driver.Commit{Writes: []driver.Write{{Key: key("_lane", "x")}}}, a.t)
		}
		if a.calls <= 1 || a.s.e.is("read-only transactions not validated") || a.s.e.is("views not validated") && a.t.readOnly {
			return nil
		}
		err := a.check(ctx)
		if a.s.e.is("a failed check is a good one") && !errors.Is(err, store.ErrConflict) {
			return nil
		}
		return err
	}
	c := a.condition()
	c.Writes, c.Deletes = toySorted(a.writes), toyUnion(a.allRemoved())
	bytes := 0
	for _, w := range c.Writes {
		bytes += len(w.Key.ID) + len(w.Value)
	}
	if err := a.s.checkCommit(len(c.Writes), bytes); err != nil {
		return a.s.fail("transaction", c.Writes[0].Key.Family, err)
	}
	if most := a.s.d.Info().Limits.CommitChecks; most > 0 && len(c.Checks)+len(c.Ranges) > most && !a.s.e.is("declared limits ignored") {
		return store.ErrTooLarge
	}
	return a.s.commit(ctx, c, a.t)
}

// noted remembers a driver read, and dooms the attempt if its reads were never
// all true at one time.
func (a *toyAttempt) noted(ctx context.Context, err error) error {
	a.calls++
	if a.snapshot {
		return err
	}
	if err == nil && a.calls > 1 && a.calls < 64 && !a.s.e.is("reads disagree inside") && !a.s.e.is("fn's error of mixed reads returned") &&
		!a.s.e.is("views not validated") && !a.s.e.is("read-only transactions not validated") && !a.s.e.is("a failed check is a good one") {
		if err = a.check(ctx); errors.Is(err, store.ErrConflict) {
			err = errToyRerun
		}
		if errors.Is(err, store.ErrTooLarge) {
			err = nil // the commit says so
		}
	}
	if err != nil && !a.s.e.is("a failed read does no harm") && a.doom == nil {
		a.doom = err
	}
	return err
}
