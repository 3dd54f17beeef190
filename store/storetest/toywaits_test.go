package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// bounds fills in the options of a transaction from those of the store.
func (s *toyStore) bounds(o store.TxOptions) (attempts int, labelWait time.Duration, err error) {
	if (o.MaxAttempts < 0 || o.LabelWait < 0) && !s.e.is("negative bounds of a transaction accepted") {
		return 0, 0, store.ErrInvalid
	}
	if o.MaxAttempts <= 0 || s.e.is("a transaction's own bounds ignored") {
		o.MaxAttempts = s.set.MaxAttempts
	}
	if o.LabelWait <= 0 || s.e.is("a transaction's own bounds ignored") {
		o.LabelWait = s.set.LabelWait
	}
	return o.MaxAttempts, o.LabelWait, nil
}

// waitForLabel waits for a label. Its error says that it was a wait for a
// label.
func (e *toyEngine) waitForLabel(ctx context.Context, t *toyTransaction, ready func() bool) error {
	limit := t.labelWait
	if e.is("LabelWait is ignored") {
		limit = 0
	}
	_, end := e.trace(ctx, store.OpLabelWait, "")
	err := e.wait(ctx, limit, ready)
	if err == nil && !ready() {
		err = store.ErrConflict
	}
	end(err, 0)
	if err == nil || errors.Is(err, store.ErrClosed) || e.is("a label wait says nothing") {
		return err
	}
	return fmt.Errorf("%w: waiting for a label", err)
}

// patience is how long other commits wait for the transaction.
func (t *toyTransaction) patience() time.Duration {
	if t.s.e.is("the gate does not adapt") {
		return t.s.set.GateWait
	}
	return max(min(2*t.slowest, t.s.set.GateLimit), t.s.set.GateWait)
}

// passGate waits for a commit's turn. It returns the holder that it waited for
// in vain. The mutex is held.
func (s *toyStore) passGate(ctx context.Context, t *toyTransaction) (holder *toyAttempt, err error) {
	e := s.e
	ready := func() bool { return e.gates[s.namespace] == nil || e.gates[s.namespace] == t }
	if ready() || e.is("no gate") {
		return nil, nil
	}
	limit := max(s.set.GateWait, e.gates[s.namespace].patience())
	if e.is("the gate holds for ever") {
		limit = 0
	}
	_, end := e.trace(ctx, store.OpGateWait, "")
	err = e.wait(ctx, limit, ready)
	end(err, 0)
	if err != nil || ready() {
		return nil, err
	}
	return e.gates[s.namespace].current, nil
}

// overtakenBy notes a commit that has waited for the attempt in vain, if it
// changed what the attempt had read.
func (a *toyAttempt) overtakenBy(c *driver.Commit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	changes := func(w driver.Write) bool {
		_, read := a.points[w.Key]
		return read || slices.ContainsFunc(a.ranges, func(r driver.RangeCheck) bool { return r.Range.Contains(w.Key) })
	}
	a.outwaited = a.outwaited || len(c.Deletes) > 0 || slices.ContainsFunc(c.Writes, changes) || a.s.e.is("commits of other records count")
}

// waitsForItself counts a lost attempt, and reports whether the callback waits
// for the commits that overtake it.
func (t *toyTransaction) waitsForItself(a *toyAttempt) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.outwaited || a.gated && t.s.e.is("commits of other processes count") {
		t.outwaits++
	}
	return t.outwaits >= 2 && !t.s.e.is("a callback waits for itself to the last attempt")
}

// changedFamily returns the family of reads that no longer hold.
func (a *toyAttempt) changedFamily(ctx context.Context) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.condition()
	families := map[string]bool{}
	for _, c := range all.Checks {
		families[c.Key.Family] = true
	}
	for _, r := range all.Ranges {
		families[r.Range.From.Family] = true
	}
	for _, family := range slices.Sorted(maps.Keys(families)) {
		c := &driver.Commit{Stamp: driver.Version(rand.Uint64() | 1)}
		c.Checks = slices.DeleteFunc(slices.Clone(all.Checks), func(c driver.Check) bool { return c.Key.Family != family })
		c.Ranges = slices.DeleteFunc(slices.Clone(all.Ranges), func(r driver.RangeCheck) bool { return r.Range.From.Family != family })
		if errors.Is(a.s.e.call(func() error { return a.s.d.Commit(ctx, a.s.namespace, c) }), store.ErrConflict) && !a.s.e.is("a conflict names no family") {
			return family
		}
	}
	return ""
}
