package storetest

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

func (s *toyStore) View(ctx context.Context, fn txFunc) error {
	from, ok := toyPower[driver.Snapshotter](s)
	if !ok || ctx == nil || fn == nil {
		return s.transaction(ctx, "view", store.TxOptions{}, fn)
	}
	if err := s.enter(ctx); err != nil {
		return s.fail("view", "", err)
	}
	var snap driver.Snapshot
	err := s.e.called(ctx, store.OpDriverSnapshot, func(ctx context.Context) (err error) {
		snap, err = from.Snapshot(ctx, s.namespace)
		return err
	})
	if errors.Is(err, store.ErrUnsupported) && !s.e.is("an unsupported power is an error") {
		return s.transaction(ctx, "view", store.TxOptions{}, fn)
	}
	if err != nil {
		return s.fail("view", "", err)
	}
	s.e.mu.Lock()
	s.e.snaps[snap] = true
	s.e.mu.Unlock()
	defer func() {
		_ = s.e.call(func() error {
			s.e.mu.Lock()
			delete(s.e.snaps, snap)
			s.e.mu.Unlock()
			return snap.Close()
		})
	}()
	a := &toyAttempt{
		s: s, t: &toyTransaction{s: s, readOnly: true}, reader: snap, snapshot: true, mu: newToyMutex(),
		points: map[driver.Key]driver.Record{}, checked: map[driver.Key]bool{}, writes: map[driver.Key]driver.Write{},
	}
	err = a.viewed(ctx, fn)
	if s.e.is("a View's error is dropped") {
		err = nil
	}
	if err == nil && s.e.is("views can write") && len(a.writes) > 0 {
		return s.commit(ctx, &driver.Commit{Writes: toySorted(a.writes)}, nil)
	}
	return err
}

// viewed runs one attempt of a View.
func (a *toyAttempt) viewed(ctx context.Context, fn txFunc) error {
	ctx, end := a.s.e.trace(ctx, store.OpAttempt, "")
	err := errToyNoReturn
	defer func() { end(err, 1) }()
	err = a.call(ctx, fn)
	return err
}
