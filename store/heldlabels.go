package store

import (
	"context"
	"slices"
)

// keptPlace is a place in the queue for a label.
type keptPlace struct {
	name   string
	waiter *labelWaiter
}

// acquire takes labels in sorted order, in the place of the time when the
// transaction first asked. The transaction holds no label before.
func (t *transaction) acquire(ctx context.Context, labels []string) error {
	t.held = t.label[:0]
	if len(labels) == 0 {
		return ctx.Err()
	}
	if t.ticket == 0 {
		t.ticket = newTicket()
	}
	e := t.store.engine()
	for _, name := range labels {
		w := labelWaiter{ticket: t.ticket, holding: len(t.held) > 0}
		if err := e.labels.acquire(ctx, t.store.settings(), e.calls.closed, t.labelKey(name), w, t.takePlace(name), t.store.settings().labelWait); err != nil {
			return err
		}
		t.held = append(t.held, name)
	}
	return ctx.Err()
}

func (t *transaction) labelKey(name string) labelKey { return labelKey{t.store.namespace(), name} }

// keepPlaces joins the queues of labels that the next attempt will wait for,
// so that transactions that ask later do not come first.
func (t *transaction) keepPlaces(labels []string) {
	for _, name := range labels {
		if !slices.Contains(t.held, name) {
			t.places = append(t.places, keptPlace{name, t.store.engine().labels.keep(t.labelKey(name), t.ticket)})
		}
	}
}

// takePlace returns and forgets the waiter that keeps a place, nil if none
// does.
func (t *transaction) takePlace(name string) *labelWaiter {
	for i, p := range t.places {
		if p.name == name {
			t.places = slices.Delete(t.places, i, i+1)
			return p.waiter
		}
	}
	return nil
}

// restart releases the labels, but keeps the transaction's places in their
// queues. It returns all labels that the next attempt must hold.
func (t *transaction) restart() (labels []string) {
	for _, name := range t.held {
		k := t.labelKey(name)
		t.places = append(t.places, keptPlace{name, t.store.engine().labels.keep(k, t.ticket)})
		t.store.engine().labels.release(k)
	}
	t.held = nil
	for _, p := range t.places {
		labels = append(labels, p.name)
	}
	return sortedLabels(labels)
}

// release releases all labels, those of nested transactions included, and
// gives kept places up.
func (t *transaction) release() {
	for _, name := range t.held {
		t.store.engine().labels.release(t.labelKey(name))
	}
	for _, p := range t.places {
		t.store.engine().labels.abandon(t.labelKey(p.name), p.waiter)
	}
	t.held, t.places = nil, nil
}

// sortedLabels returns the labels in the order in which all transactions take
// them, each once and none empty.
func sortedLabels(labels []string) []string {
	sorted := slices.Clone(labels)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if len(sorted) > 0 && sorted[0] == "" {
		sorted = sorted[1:]
	}
	return sorted
}
