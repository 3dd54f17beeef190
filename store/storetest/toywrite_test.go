package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

func (s *toyStore) Set(ctx context.Context, ws ...write) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("set", "", err)
	}
	if len(ws) == 0 && !s.e.is("an empty set is a commit") {
		return nil
	}
	if len(ws) > 0 {
		if family, err := s.checkWrites(ctx, ws); err != nil {
			if s.e.is("a refused Set leaves its first writes") {
				_ = s.commit(ctx, &driver.Commit{Writes: s.writes(ws[:1])}, nil)
			}
			return s.fail("set", family, err)
		}
	}
	if s.e.is("Set waits for transactions") {
		s.e.mu.Lock()
		err := s.e.wait(ctx, 0, func() bool { return len(s.e.held) == 0 })
		s.e.mu.Unlock()
		if err != nil {
			return s.fail("set", "", err)
		}
	}
	if s.e.is("records and labels share one table") {
		s.e.mu.Lock()
		err := s.e.wait(ctx, 0, func() bool { return s.e.held[toyLabel{s.namespace, ws[0].family}] == nil })
		s.e.mu.Unlock()
		if err != nil {
			return s.fail("set", "", err)
		}
	}
	writes := s.writes(ws)
	if s.e.is("Set is a commit per family") && len(writes) > 1 {
		for _, w := range writes {
			if err := s.commit(ctx, &driver.Commit{Writes: []driver.Write{w}}, nil); err != nil {
				return s.fail("set", "", err)
			}
		}
		return nil
	}
	return s.fail("set", "", s.commit(ctx, &driver.Commit{Writes: writes}, nil))
}

// writes returns the writes of a commit: sorted, each key once.
func (s *toyStore) writes(ws []write) (out []driver.Write) {
	last := map[driver.Key]driver.Write{}
	for _, w := range ws {
		k := key(w.family, w.id)
		if _, ok := last[k]; ok && s.e.is("the first of a set stands") {
			continue
		}
		if s.e.is("sets are not sorted") {
			out = append(out, driver.Write{Key: k, Value: toyCopy(w.value), Delete: w.del})
			continue
		}
		value := toyCopy(w.value)
		if s.e.is("Set keeps the caller's bytes") {
			value = w.value
		}
		last[k] = driver.Write{Key: k, Value: value, Delete: w.del}
		s.e.mu.Lock()
		s.e.known[k] = true
		s.e.mu.Unlock()
	}
	if s.e.is("sets are not sorted") {
		return out
	}
	return toySorted(last)
}

func toySorted(m map[driver.Key]driver.Write) (out []driver.Write) {
	for _, w := range m {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b driver.Write) int { return a.Key.Compare(b.Key) })
	return out
}

func (s *toyStore) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("clear", "", err)
	}
	c := &driver.Commit{Deletes: driver.ClearRanges()}
	if s.e.is("Clear deletes what it knows") {
		deletes := map[driver.Key]driver.Write{}
		for k := range s.e.known {
			if driver.Visible.Contains(k) {
				deletes[k] = driver.Write{Key: k, Delete: true}
			}
		}
		c = &driver.Commit{Writes: toySorted(deletes)}
	}
	return s.fail("clear", "", s.commit(ctx, c, nil))
}

// commit waits at the gate, unless the committer holds it, and commits.
func (s *toyStore) commit(ctx context.Context, c *driver.Commit, t *toyTransaction) error {
	e := s.e
	e.mu.Lock()
	overtakes, err := s.passGate(ctx, t)
	e.mu.Unlock()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil && !e.is("an ended ctx commits") {
		return err
	}
	c.Stamp = driver.Version(rand.Uint64() | 1)
	sent := context.WithoutCancel(ctx)
	kind := store.OpDriverCommit
	if c.OnlyChecks() {
		kind = store.OpDriverCheck
	}
	err = e.called(sent, kind, func(ctx context.Context) error { return s.d.Commit(ctx, s.namespace, c) })
	if err == nil && overtakes != nil {
		overtakes.overtakenBy(c)
	}
	switch {
	case e.is("ctx's error for a landed commit") && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded) && !e.is("the time limit's error comes back"):
		return store.ErrUnknownOutcome
	case errors.Is(err, store.ErrUnknownOutcome):
		return s.settle(ctx, c, err)
	}
	return err
}

// settle returns how a faulty store reports an unknown outcome. The correct
// store reports it as unknown.
func (s *toyStore) settle(ctx context.Context, c *driver.Commit, err error) error {
	switch {
	case s.e.is("unknown outcome is success"):
		return nil
	case s.e.is("unknown outcome is failure"):
		return store.ErrUnavailable
	case s.e.is("unknown outcome is committed again"):
		return s.d.Commit(ctx, s.namespace, &driver.Commit{Stamp: c.Stamp + 1, Writes: c.Writes, Deletes: c.Deletes})
	case s.e.is("unknown outcome is a conflict"):
		return store.ErrConflict
	case s.e.is("unknown outcome settled by the records"):
		for _, w := range c.Writes {
			records, err := s.read(ctx, s.d, []driver.Key{w.Key})
			if err != nil {
				return err
			}
			if !w.Delete && records[0].Version != c.Stamp || w.Delete && records[0].Exists {
				return store.ErrUnavailable
			}
		}
		return nil
	}
	return err
}
