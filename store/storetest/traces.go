package storetest

import (
	"context"
	"sync"
	"time"

	"github.com/keyfam/keyfam/store"
)

var traceChecks = []check{
	{name: "O1-tracer/verbs-and-calls", views: true, fn: func(e *env) {
		seen := e.traced(nil)
		visit := func(ctx context.Context, h handle) {
			e.want(ctx, h, "session", "a", "1")
			e.gets(ctx, h, "session", []string{"a", "b"}, "a")
			_, err := h.Has(ctx, "session", "b")
			e.ok(err, "Has")
			e.scans(ctx, h, "session", "", "a")
			e.families(ctx, h, "session")
		}
		calls := e.wire.during(func() {
			e.set(put("session", "a", "1"))
			visit(e.ctx, e.s)
			_, _ = e.s.Namespaces(e.ctx)
			e.ok(e.s.View(e.ctx, func(ctx context.Context, tx handle) error {
				visit(ctx, tx)
				return nil
			}), "View")
			e.tx("label", func(ctx context.Context, tx handle) error {
				visit(ctx, tx)
				return tx.Transaction(ctx, "nested", func(ctx context.Context, tx handle) error {
					e.ok(tx.Clear(ctx), "Clear")
					return tx.Set(ctx, put("session", "a", "1"))
				})
			})
			e.ok(e.s.Clear(e.ctx), "Clear")
		})
		for op, want := range map[store.Op]int{
			store.OpGet: 1, store.OpGetMany: 1, store.OpHas: 1, store.OpSet: 1, store.OpScan: 1, store.OpFamilies: 1,
			store.OpNamespaces: 1, store.OpClear: 1, store.OpView: 1, store.OpTransaction: 1,
			store.OpTxGet: 2, store.OpTxGetMany: 2, store.OpTxHas: 2, store.OpTxSet: 1, store.OpTxScan: 2, store.OpTxFamilies: 2,
			store.OpTxClear: 1, store.OpTxTransaction: 1, store.OpAttempt: 2,
			store.OpDriverCommit: calls.writes, store.OpDriverCheck: calls.checks,
		} {
			e.told(seen, op, want)
		}
		powers, asked := seen.count(store.OpDriverSnapshot)+seen.count(store.OpDriverNamespaces), calls.snapshots+calls.lists+calls.refused
		e.that(powers == asked, "a tracer was told of %d calls of optional powers, and there were %d", powers, asked)
		reads := seen.count(store.OpDriverRead) + seen.count(store.OpDriverScan)
		e.that(reads == calls.reads, "a tracer was told of %d reads of the backend, which had %d", reads, calls.reads)
		e.balanced(seen)
		for _, o := range seen.all() {
			e.that(o.nests(), "a tracer was told of %v directly inside of %v", o.op, o.outer())
		}
	}},
	{name: "O1-tracer/conflicts", fn: func(e *env) {
		seen := e.traced(nil)
		first := once()
		e.tx("label", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			if first() {
				e.set(put("session", "n", "7"))
			}
			return nil
		})
		var ends []store.Result
		for _, o := range seen.all() {
			if o.op == store.OpAttempt {
				ends = append(ends, o.result)
			}
		}
		e.that(len(ends) == 2 && ends[0].Class == store.ClassConflict && ends[0].Attempt == 1 && ends[1].Class == store.ClassOK && ends[1].Attempt == 2,
			"a tracer was told of the attempts %v, want a first that ends in a conflict and a second that ends well", ends)
		e.balanced(seen)
	}},
	{name: "O1-tracer/waits", fn: func(e *env) {
		seen := e.traced(&store.Options{GateWait: time.Hour})
		var others []<-chan struct{}
		runs := 0
		e.tx("label", func(ctx context.Context, tx handle) error {
			if err := add(ctx, tx, "session", "n", 1); err != nil {
				return err
			}
			if runs++; runs < 3 {
				e.set(put("session", "n", "7"))
				return nil
			}
			label, gate := newWaiting(e.ctx), newWaiting(e.ctx)
			others = append(others,
				e.start(func() { e.ok(e.s.Transaction(label, "label", increment("session", "m")), "Transaction") }),
				e.start(func() { e.ok(e.s.Set(gate, put("session", "m", "7")), "Set") }))
			e.wait(label.begun, "a transaction waits for its label")
			e.wait(gate.begun, "a Set waits at the gate")
			return nil
		})
		for _, done := range others {
			e.wait(done, "a waiter has ended")
		}
		e.told(seen, store.OpLabelWait, 1)
		e.told(seen, store.OpGateWait, 1)
		e.balanced(seen)
	}},
	{name: "O1-tracer/without-a-return", views: true, fn: func(e *env) {
		seen := e.traced(nil)
		e.set(put("session", "a", "1"))
		for _, leave := range []func(){func() { panic("of the callback") }, goexit} {
			scan := func(ctx context.Context, h handle) error {
				//famvet:ignore scanerr the test is about something else than the error
				for range h.Scan(ctx, "session", "") {
					leave()
				}
				return nil
			}
			for _, run := range []func(){
				func() { _ = scan(e.ctx, e.s) },
				func() { _ = e.s.View(e.ctx, scan) },
				func() { _ = e.s.Transaction(e.ctx, "label", scan) },
				func() {
					_ = e.s.Transaction(e.ctx, "label", func(ctx context.Context, tx handle) error { return tx.Transaction(ctx, "nested", scan) })
				},
			} {
				e.wait(e.start(func() {
					defer func() { _ = recover() }()
					run()
				}), "a callback that does not return has ended")
			}
		}
		e.balanced(seen)
		for _, o := range seen.all() {
			callback := o.op == store.OpScan || o.op == store.OpTxScan || o.op == store.OpView || o.op == store.OpTransaction ||
				o.op == store.OpTxTransaction || o.op == store.OpAttempt
			e.that(!callback || o.result.Class == store.ClassNoReturn, "%v, which did not return, ended as %v", o.op, o.result.Class)
		}
	}},
}

// trace is a tracer that keeps every operation.
type trace struct {
	mu  sync.Mutex
	ops []*traceOp
	odd int // ends without their beginning
}

type traceOp struct {
	op     store.Op
	family string
	inside *traceOp
	ends   int
	result store.Result
}

type traceKey struct{}

// Begin keeps the operation in the context that it returns.
func (t *trace) Begin(ctx context.Context, op store.Op, family string) context.Context {
	o := &traceOp{op: op, family: family}
	o.inside, _ = ctx.Value(traceKey{}).(*traceOp)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ops = append(t.ops, o)
	return context.WithValue(ctx, traceKey{}, o)
}

// End finds the operation in the context.
func (t *trace) End(ctx context.Context, r store.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, _ := ctx.Value(traceKey{}).(*traceOp)
	if o == nil || o.op != r.Op || o.family != r.Family {
		t.odd++
		return
	}
	o.ends++
	o.result = r
}

// all returns the operations in the order in which they began. None may be
// running.
func (t *trace) all() []*traceOp {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ops
}

func (t *trace) count(op store.Op) (n int) {
	for _, o := range t.all() {
		if o.op == op {
			n++
		}
	}
	return n
}

// nests reports whether the operation is directly inside one that can contain
// it.
func (o *traceOp) nests() bool {
	if o.inside == nil {
		return o.op <= store.OpTransaction
	}
	outer := o.inside.op
	switch {
	case o.op.Driver():
		return !outer.Driver()
	case o.op == store.OpAttempt:
		return outer == store.OpView || outer == store.OpTransaction
	case o.op >= store.OpTxGet && o.op <= store.OpTxTransaction:
		return outer == store.OpAttempt || outer == store.OpTxTransaction
	}
	return o.op > store.OpAttempt
}

func (o *traceOp) outer() any {
	if o.inside == nil {
		return "nothing"
	}
	return o.inside.op
}

// traced builds the store again, with a tracer.
func (e *env) traced(o *store.Options) *trace {
	seen := &trace{}
	if o == nil {
		o = &store.Options{}
	}
	o.Tracer = seen
	e.rebuild(o)
	return seen
}

// told checks how many operations of a kind a tracer has seen.
func (e *env) told(seen *trace, op store.Op, want int) {
	e.t.Helper()
	got := seen.count(op)
	e.that(got == want, "a tracer was told %d times of %v, want %d", got, op, want)
}

// balanced checks that every operation has ended once.
func (e *env) balanced(seen *trace) {
	e.t.Helper()
	for _, o := range seen.all() {
		e.that(o.ends == 1, "%v has ended %d times", o.op, o.ends)
	}
	e.that(seen.odd == 0, "%d operations ended that had not begun", seen.odd)
}
