package store

import (
	"context"
	"slices"
)

// nestLabels takes the labels that the transaction does not hold yet. One
// goroutine at a time does so: during its wait another could take a higher
// label, and the wait would break the order of labels.
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

// turn returns the channel that admits one goroutine to take labels. It
// belongs to the attempt, so that a goroutine left behind by an earlier
// attempt blocks nobody.
func (a *attempt) turn() chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.nesting == nil {
		a.nesting = make(chan struct{}, 1)
	}
	return a.nesting
}

// label reports whether the transaction holds the label. If not, mayWait
// reports whether a wait for it keeps the order that rules out deadlock:
// labels ascending, then the gate.
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

// hold keeps a label that was just taken until the outermost transaction ends.
// If the attempt has ended meanwhile, and left this goroutine behind, hold
// releases the label.
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

// restartWith dooms the attempt. The next attempt takes these labels first;
// until it waits for them, the transaction keeps its places in their queues.
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
