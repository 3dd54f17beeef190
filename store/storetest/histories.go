package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
)

var historyChecks = []check{
	{name: "T6-histories/linearizable-per-commit", views: true, fn: func(e *env) {
		e.histories(false)
	}},
	// A driver may end a page anywhere. Here a scan of three records takes two
	// or three pages. Scans outside of transactions then read at several
	// points in time and are left out.
	{name: "T6-histories/linearizable-with-short-pages", views: true, fn: func(e *env) {
		e.wire.pageRows = func() int { return 1 + rand.IntN(2) }
		e.histories(true)
	}},
}

func (e *env) histories(shortPages bool) {
	all := seed()
	for round := range e.rounds(80) {
		h := newHistory(e, random(all, "history "+itoa(round)), "history"+itoa(round), shortPages)
		if !h.legal() {
			e.Fatalf("history %d of -storetest.seed=%d has no order in which its commits make sense:\n%s", round, all, h)
		}
	}
}

// A history has three records in each of two families.
const (
	perFamily = 3
	records   = 2 * perFamily
)

var historyFamilies = [2]string{"a", "b"}

// image holds the value of every record; 0 is absent. No value is written
// twice, so a value identifies its commit.
type image [records]int32

// event is one step of a callback: a read with its result, or a write.
type event struct {
	kind   eventKind
	record int   // of a get or put
	value  int32 // seen, or put; 0 deletes
	family int   // of a scan or get-many
	seen   []sight
	whole  bool // the scan was not stopped

	reverse  bool // of a scan
	from, to int  // of a count or range delete: records of the family, to included
	n        int  // what it answered; below zero it answered none
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
	eventCount
	eventDelete // of a range
	eventNest   // a nested transaction has begun
	eventKeep   // it has ended without an error
	eventUndo   // it has ended with an error
)

// commitment is one operation of a history: the last run of an outermost
// transaction, or one plain verb.
type commitment struct {
	what   string
	events []event
	undone bool // ended with an error: only the reads count
}

// replay runs the events on an image. fits is false if a read saw something
// else.
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
		case eventCount, eventDelete:
			if ev.n >= 0 && ev.n != ev.counts(&now) {
				return before, false
			}
			if ev.kind == eventDelete {
				clear(now[ev.family*perFamily+ev.from : ev.family*perFamily+ev.to+1])
			}
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

// counts returns how many records of the range there are.
func (ev *event) counts(now *image) (n int) {
	for i := ev.from; i <= ev.to; i++ {
		if now[ev.family*perFamily+i] != 0 {
			n++
		}
	}
	return n
}

// shows reports whether a scan of the image yields what the event has seen.
func (ev *event) shows(now *image) bool {
	left := ev.seen
	for i := range perFamily {
		if ev.reverse {
			i = perFamily - 1 - i
		}
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

// history records what several clients did at once.
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
		for range rand.IntN(4) { // let others run before and after
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

// String lists the operations in the order in which they began.
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
	names := []string{"get", "get many", "scan", "put", "clear", "count", "delete", "nest", "keep", "undo"}
	for _, ev := range c.events {
		switch ev.kind {
		case eventGet, eventPut:
			fmt.Fprintf(&b, "%s %d=%d; ", names[ev.kind], ev.record, ev.value)
		case eventMany, eventScan:
			fmt.Fprintf(&b, "%s %s %v (whole: %v, in reverse: %v); ", names[ev.kind], historyFamilies[ev.family], ev.seen, ev.whole, ev.reverse)
		case eventCount, eventDelete:
			fmt.Fprintf(&b, "%s %s %d to %d: %d; ", names[ev.kind], historyFamilies[ev.family], ev.from, ev.to, ev.n)
		default:
			fmt.Fprintf(&b, "%s; ", names[ev.kind])
		}
	}
	return b.String()
}
