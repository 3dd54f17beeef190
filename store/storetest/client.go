package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"

	"github.com/anishathalye/porcupine"

	"github.com/keyfam/keyfam/store"
)

// client runs random operations and records them in a history.
type client struct {
	h  *history
	id int
	r  *rand.Rand
}

var historyLabels = []string{"", "a", "b", "k"}

func (c *client) step() {
	e, s := c.h.e, c.h.s
	switch n := c.r.IntN(10); {
	case n == 0:
		c.operation("plain read", func(op *commitment) error { return c.read(e.ctx, s, op) })
	case n == 1:
		c.operation("plain set", func(op *commitment) error { return c.write(e.ctx, s, op) })
	case n == 2 && c.r.IntN(3) == 0:
		c.operation("plain clear", func(op *commitment) error {
			op.events = append(op.events, event{kind: eventClear})
			return s.Clear(e.ctx)
		})
	case n == 2:
		c.operation("plain range delete", func(op *commitment) error { return c.deleteRange(e.ctx, s, op) })
	case n <= 4:
		c.operation("view", func(op *commitment) error {
			seed := c.r.Uint64()
			return s.View(e.ctx, func(ctx context.Context, tx handle) error {
				op.events = nil
				again := c.again(seed)
				for range 3 {
					if err := again.read(ctx, tx, op); err != nil {
						return err
					}
				}
				return nil
			})
		})
	default:
		c.operation("transaction", func(op *commitment) error {
			seed := c.r.Uint64()
			return s.Transaction(e.ctx, historyLabels[c.r.IntN(len(historyLabels))], func(ctx context.Context, tx handle) error {
				op.events = nil // only the last run counts
				return c.again(seed).body(ctx, tx, op, 0)
			})
		})
	}
}

// again returns the client with a source that repeats the choices of the seed,
// so that each run of a callback does the same.
func (c *client) again(seed uint64) *client {
	return &client{h: c.h, id: c.id, r: rand.New(rand.NewPCG(seed, 1))}
}

// operation records one operation, with its beginning and its end.
func (c *client) operation(what string, do func(op *commitment) error) {
	op := &commitment{what: what}
	call := c.h.clock.Add(1)
	err := do(op)
	ret := c.h.clock.Add(1)
	switch {
	case errors.Is(err, errOwn):
		op.undone = true
	case errors.Is(err, store.ErrConflict):
		return // nothing was done
	case err != nil:
		c.h.e.Fatalf("%s: %v", what, err)
	}
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	c.h.ops = append(c.h.ops, porcupine.Operation{ClientId: c.id, Input: op, Call: call, Return: ret})
}

// body is a random callback.
func (c *client) body(ctx context.Context, tx handle, op *commitment, depth int) error {
	for range 2 + c.r.IntN(4) {
		var err error
		switch n := c.r.IntN(12); {
		case n < 5:
			err = c.read(ctx, tx, op)
		case n < 9:
			err = c.write(ctx, tx, op)
		case n == 9 && c.r.IntN(4) == 0:
			op.events = append(op.events, event{kind: eventClear})
			err = tx.Clear(ctx)
		case n == 9:
			err = c.deleteRange(ctx, tx, op)
		case n > 9 && depth < 2:
			err = c.nest(ctx, tx, op, depth)
		}
		if err != nil {
			return err
		}
	}
	if c.r.IntN(8) == 0 {
		return errOwn
	}
	return nil
}

// nest runs a nested transaction, and continues if it ended with errOwn.
func (c *client) nest(ctx context.Context, tx handle, op *commitment, depth int) error {
	label := historyLabels[c.r.IntN(len(historyLabels))]
	op.events = append(op.events, event{kind: eventNest})
	err := tx.Transaction(ctx, label, func(ctx context.Context, in handle) error {
		return c.body(ctx, in, op, depth+1)
	})
	switch {
	case err == nil:
		op.events = append(op.events, event{kind: eventKeep})
	case errors.Is(err, errOwn):
		op.events = append(op.events, event{kind: eventUndo})
	default:
		return err
	}
	return nil
}

func (c *client) write(ctx context.Context, h handle, op *commitment) error {
	var ws []write
	for range 1 + c.r.IntN(2) {
		record, value := c.r.IntN(records), int32(0)
		family, id := placeOf(record)
		if c.r.IntN(4) == 0 {
			ws = append(ws, del(family, id))
		} else {
			value = c.h.values.Add(1)
			ws = append(ws, put(family, id, strconv.Itoa(int(value))))
		}
		op.events = append(op.events, event{kind: eventPut, record: record, value: value})
	}
	return h.Set(ctx, ws...)
}

func (c *client) read(ctx context.Context, h handle, op *commitment) error {
	family := c.r.IntN(2)
	n := c.r.IntN(6)
	if c.h.short && !h.InTransaction(ctx) {
		n = 5 * (n / 5) // no scan
	}
	switch n {
	case 0:
		return c.many(ctx, h, op, family)
	case 1:
		return c.scan(ctx, h, op, family, 1+c.r.IntN(2))
	case 2:
		return c.scan(ctx, h, op, family, 0)
	case 3:
		return c.selected(ctx, h, op, family)
	case 4:
		return c.count(ctx, h, op, family)
	}
	record := c.r.IntN(records)
	name, id := placeOf(record)
	value, err := number(ctx, h, name, id)
	op.events = append(op.events, event{kind: eventGet, record: record, value: int32(value)})
	return err
}

func (c *client) many(ctx context.Context, h handle, op *commitment, family int) error {
	found, err := h.GetMany(ctx, historyFamilies[family], "0", "1", "2")
	ev := event{kind: eventMany, family: family, whole: true}
	for i := range perFamily {
		if value, ok := found[strconv.Itoa(i)]; ok {
			n, _ := strconv.Atoi(string(value))
			ev.seen = append(ev.seen, sight{family*perFamily + i, int32(n)})
		}
	}
	op.events = append(op.events, ev)
	return err
}

// scan reads a family, or its first records if most is not 0.
func (c *client) scan(ctx context.Context, h handle, op *commitment, family, most int) error {
	ev := event{kind: eventScan, family: family, whole: true}
	for r, err := range h.Scan(ctx, historyFamilies[family], "") {
		if err != nil {
			return err
		}
		i, _ := strconv.Atoi(r.ID)
		n, _ := strconv.Atoi(string(r.Value))
		ev.seen = append(ev.seen, sight{family*perFamily + i, int32(n)})
		if len(ev.seen) == most {
			ev.whole = false
			break
		}
	}
	op.events = append(op.events, ev)
	return nil
}

// selected reads the first records of a family in one direction.
func (c *client) selected(ctx context.Context, h handle, op *commitment, family int) error {
	ev := event{kind: eventScan, family: family, reverse: c.r.IntN(3) > 0}
	s, most := h.Select(historyFamilies[family]), 1+c.r.IntN(3)
	if ev.reverse {
		s = s.Reverse()
	}
	for r, err := range s.Limit(most).All(ctx) {
		if err != nil {
			return err
		}
		i, _ := strconv.Atoi(r.ID)
		n, _ := strconv.Atoi(string(r.Value))
		ev.seen = append(ev.seen, sight{family*perFamily + i, int32(n)})
	}
	ev.whole = len(ev.seen) < most
	op.events = append(op.events, ev)
	return nil
}

// span draws a range of a family.
func (c *client) span(h handle, kind eventKind, family int) (ev event, s selection) {
	ev = event{kind: kind, family: family, from: c.r.IntN(perFamily), n: -1}
	ev.to = ev.from + c.r.IntN(perFamily-ev.from)
	return ev, h.Select(historyFamilies[family]).From(strconv.Itoa(ev.from)).Until(strconv.Itoa(ev.to))
}

func (c *client) count(ctx context.Context, h handle, op *commitment, family int) (err error) {
	ev, s := c.span(h, eventCount, family)
	ev.n, err = s.Count(ctx)
	op.events = append(op.events, ev)
	return err
}

// deleteRange deletes the records of a range, and counts them or not.
func (c *client) deleteRange(ctx context.Context, h handle, op *commitment) (err error) {
	ev, s := c.span(h, eventDelete, c.r.IntN(2))
	switch c.r.IntN(3) {
	case 0:
		err = s.Drop(ctx)
	case 1: // one by one
		ev.n, err = s.Limit(perFamily).DeleteAll(ctx)
	default:
		ev.n, err = s.DeleteAll(ctx)
	}
	op.events = append(op.events, ev)
	return err
}

// placeOf returns the family and id of a record.
func placeOf(record int) (family, id string) {
	return historyFamilies[record/perFamily], strconv.Itoa(record % perFamily)
}
