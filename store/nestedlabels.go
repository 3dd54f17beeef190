package store

import (
	"context"
	"slices"
)

// nestLabels takes the labels that the transaction does not hold yet. One
// goroutine at a time does: if another could take a higher label meanwhile, the
// wait would no longer be for a label above all that are held.
func (a *attempt) nestLabels(ctx context.Context, labels []string) error {
	e := a.store.engine()
	turn := a.turn()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	case <-e.calls.closed:
		return ErrClosed
	}
	for i, name := range labels {
		held, mayWait, place, err := a.label(name)
		if err != nil {
			return err
		}
		if held {
			continue
		}
		k := labelKey{a.store.namespace(), name}
		if !e.labels.tryAcquire(k) {
			if !mayWait {
				return a.restartWith(labels[i:])
			}
			if err := e.labels.acquire(ctx, a.store.settings(), e.calls.closed, k, place, nil, a.store.settings().labelWait); err != nil {
				return err
			}
		}
		if err := a.hold(name); err != nil {
			return err
		}
	}
	return nil
}

// turn is the channel with room for the one goroutine that takes labels. It
// belongs to the attempt: a goroutine left behind by an earlier one must not
// stand in the way.
func (a *attempt) turn() chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.nesting == nil {
		a.nesting = make(chan struct{}, 1)
	}
	return a.nesting
}

// label reports whether the transaction holds the label, and if not whether
// waiting for it keeps the order that rules out deadlock: labels ascending,
// then the gate.
func (a *attempt) label(name string) (held, mayWait bool, place labelWaiter, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.alive() {
		return false, false, place, ErrTxDone
	}
	if a.txn.ticket == 0 { // the first label that the transaction asks for
		a.txn.ticket = newTicket()
	}
	i, held := slices.BinarySearch(a.txn.held, name)
	place = labelWaiter{ticket: a.txn.ticket, holding: len(a.txn.held) > 0}
	return held, !a.gated && i == len(a.txn.held), place, nil
}

// hold notes a label that was just taken, until the outermost transaction ends.
// An attempt that has ended meanwhile, with the callback's goroutine left
// behind, does not keep it.
func (a *attempt) hold(name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.alive() {
		a.store.engine().labels.release(labelKey{a.store.namespace(), name})
		return ErrTxDone
	}
	i, _ := slices.BinarySearch(a.txn.held, name)
	a.txn.held = slices.Insert(a.txn.held, i, name)
	return a.failure
}

// restartWith dooms the attempt; the next one holds these labels from the start,
// and until it waits for them their places are kept.
func (a *attempt) restartWith(labels []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.alive() {
		return ErrTxDone
	}
	if a.doom == sound {
		a.txn.keepPlaces(labels)
	}
	return a.doomBy(outOfOrder, errRerun)
}
