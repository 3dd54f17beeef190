package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/anishathalye/porcupine"

	"github.com/keyfam/keyfam/store"
)

var historyChecks = []check{
	{name: "T6-histories/linearizable-per-commit", views: true, fn: func(e *env) {
		e.histories(false)
	}},
	// A driver may end a page where it likes; here a scan of three records takes
	// two pages or three. Scans outside of transactions are then of several points
	// in time and are left out.
	{name: "T6-histories/linearizable-with-short-pages", views: true, fn: func(e *env) {
		e.wire.pageRows = func() int { return 1 + rand.IntN(2) }
		e.histories(true)
	}},
}

func (e *env) histories(shortPages bool) {
	all := seed()
	rounds := 200
	if e.suite.small {
		rounds = 8
	}
	for round := range rounds {
		h := newHistory(e, random(all, "history "+itoa(round)), "history"+itoa(round), shortPages)
		if !h.legal() {
			e.Fatalf("history %d of -storetest.seed=%d has no order in which its commits make sense:\n%s", round, all, h)
		}
	}
}

// The records of a history: in two families, three each.
const (
	perFamily = 3
	records   = 2 * perFamily
)

var historyFamilies = [2]string{"a", "b"}

// image is the value of every record; 0 is absent. Values are written once, so
// a value tells its commit.
type image [records]int32

// event is one thing that a callback did or saw.
type event struct {
	kind   eventKind
	record int   // of a get or put
	value  int32 // seen, or put; 0 deletes
	family int   // of a scan or get-many
	seen   []sight
	whole  bool // the scan was not stopped
}

type sight struct {
	record int
	value  int32
}

type eventKind int

const (
	eventGet eventKind = iota
	eventMany
	eventScan
	eventPut
	eventClear
	eventNest // a nested transaction begins
	eventKeep // and has ended well
	eventUndo // or with an error
)

// commitment is one operation of a history: what the last run of an outermost
// transaction read and wrote, or one plain verb.
type commitment struct {
	what   string
	events []event
	undone bool // ended with an error: only the reads count
}

// replay runs the events on an image. It answers false if a read does not fit.
func (c *commitment) replay(before image) (after image, fits bool) {
	now := before
	var saved []image
	for i := range c.events {
		ev := &c.events[i]
		switch ev.kind {
		case eventGet:
			if now[ev.record] != ev.value {
				return before, false
			}
		case eventMany, eventScan:
			if !ev.shows(&now) {
				return before, false
			}
		case eventPut:
			now[ev.record] = ev.value
		case eventClear:
			now = image{}
		case eventNest:
			saved = append(saved, now)
		case eventUndo:
			now = saved[len(saved)-1]
			fallthrough
		case eventKeep:
			saved = saved[:len(saved)-1]
		}
	}
	if c.undone {
		return before, true
	}
	return now, true
}

// shows reports whether a scan of the image yields what was seen.
func (ev *event) shows(now *image) bool {
	left := ev.seen
	for i := range perFamily {
		record := ev.family*perFamily + i
		if now[record] == 0 {
			continue
		}
		if len(left) == 0 {
			return !ev.whole
		}
		if left[0] != (sight{record, now[record]}) {
			return false
		}
		left = left[1:]
	}
	return len(left) == 0
}

// history is what several clients did at once.
type history struct {
	e      *env
	s      root
	short  bool // pages are cut
	clock  atomic.Int64
	values atomic.Int32

	mu  sync.Mutex
	ops []porcupine.Operation
}

func newHistory(e *env, r *rand.Rand, namespace string, short bool) *history {
	const clients, steps = 5, 7
	h := &history{e: e, s: e.s.Namespace(namespace), short: short}
	e.wire.on(func(c call, next func(context.Context) error) error {
		for range rand.IntN(4) { // let others in before and after
			yield()
		}
		err := next(c.ctx)
		for range rand.IntN(4) {
			yield()
		}
		return err
	})
	var sources []*rand.Rand
	for range clients {
		sources = append(sources, rand.New(rand.NewPCG(r.Uint64(), r.Uint64())))
	}
	e.all(clients, func(i int) {
		c := &client{h: h, id: i, r: sources[i]}
		for range steps {
			c.step()
		}
	})
	e.wire.on(nil)
	return h
}

func (h *history) legal() bool {
	model := porcupine.Model{
		Init: func() any { return image{} },
		Step: func(state, input, _ any) (bool, any) {
			after, fits := input.(*commitment).replay(state.(image))
			return fits, after
		},
	}
	return porcupine.CheckOperations(model, h.ops)
}

// String is the operations in the order in which they began.
func (h *history) String() string {
	slices.SortFunc(h.ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var b strings.Builder
	for _, op := range h.ops {
		c := op.Input.(*commitment)
		fmt.Fprintf(&b, "client %d, %d to %d, %s (undone: %v): %s\n", op.ClientId, op.Call, op.Return, c.what, c.undone, c.text())
	}
	return b.String()
}

func (c *commitment) text() string {
	var b strings.Builder
	names := []string{"get", "get many", "scan", "put", "clear", "nest", "keep", "undo"}
	for _, ev := range c.events {
		switch ev.kind {
		case eventGet, eventPut:
			fmt.Fprintf(&b, "%s %d=%d; ", names[ev.kind], ev.record, ev.value)
		case eventMany, eventScan:
			fmt.Fprintf(&b, "%s %s %v (whole: %v); ", names[ev.kind], historyFamilies[ev.family], ev.seen, ev.whole)
		default:
			fmt.Fprintf(&b, "%s; ", names[ev.kind])
		}
	}
	return b.String()
}

// client runs random operations and notes them.
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

// again is the client with a source that makes each run of a callback the same.
func (c *client) again(seed uint64) *client {
	return &client{h: c.h, id: c.id, r: rand.New(rand.NewPCG(seed, 1))}
}

// operation notes one operation with the time that it took.
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

// nest runs a nested transaction and goes on after its own error.
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
	n := c.r.IntN(4)
	if c.h.short && !h.InTransaction(ctx) {
		n = 4 * (n / 3) // no scan
	}
	switch n {
	case 0:
		return c.many(ctx, h, op, family)
	case 1:
		return c.scan(ctx, h, op, family, 1+c.r.IntN(2))
	case 2:
		return c.scan(ctx, h, op, family, 0)
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

// placeOf is the family and id of a record.
func placeOf(record int) (family, id string) {
	return historyFamilies[record/perFamily], strconv.Itoa(record % perFamily)
}
