package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var versionChecks = []check{
	{name: "T2-repeat/value-and-version-are-one", fn: func(e *env) {
		// Each hundred writes have their own namespace. A backend may keep
		// overwritten values for a while and step over them in every scan.
		var turn atomic.Int64
		stop := make(chan struct{})
		e.start(func() {
			for i := range e.rounds(20_000) {
				select {
				case <-stop:
					return
				case <-e.ctx.Done():
					return
				default:
				}
				turn.Store(int64(i / 100))
				s := e.s.Namespace(turnSpace(turn.Load()))
				e.ok(s.Set(e.ctx, put("session", "a", "a"+itoa(i)), put("session", "b", "b"+itoa(i))), "Set")
				if i%5 == 4 {
					e.ok(s.Set(e.ctx, del("session", "b")), "Set")
				}
			}
		})
		p := pairs{e: e, values: map[pair]string{}}
		e.all(3, func(int) {
			for i := range e.rounds(1000) {
				namespace := turnSpace(turn.Load())
				p.read(namespace)
				p.scan(namespace)
				if i%4 == 0 {
					breathe()
				}
			}
		})
		close(stop)
	}},
	{name: "T17-retries/what-others-write-costs-none", fn: func(e *env) {
		o := quick()
		o.MaxAttempts = 3
		e.rebuild(o)
		e.fill(e.s, "session", e.readable(), padded)
		e.fill(e.s, "pre-key", 200, padded)
		for what, others := range map[string]func(i int){
			"another namespace": func(int) {
				far := e.s.Namespace("account")
				e.fill(far, "session", e.n(300), padded)
				e.fill(far, "pre-key", e.n(150), padded)
				e.ok(far.Set(e.ctx, del("session", padded(3)), del("pre-key", padded(3))), "Set")
			},
			"the same namespace": func(i int) {
				unread := func(n int) string { return "unread " + itoa(i) + " " + itoa(n) }
				e.fill(e.s, "session", e.n(300), unread)
				e.fill(e.s, "other", e.n(150), unread)
				e.set(del("session", unread(3)), del("other", unread(3)))
			},
		} {
			const transactions = 20
			runs := 0
			for i := range transactions {
				err := e.s.Transaction(e.ctx, "", func(ctx context.Context, tx handle) error {
					runs++
					if err := e.readAll(ctx, tx); err != nil {
						return err
					}
					others(i)
					return tx.Set(ctx, put("result", itoa(i), "read"))
				})
				if !errors.Is(err, store.ErrConflict) {
					e.ok(err, "Transaction")
				}
			}
			e.that(runs <= transactions+transactions/20, "%d transactions beside writes of %s ran %d times", transactions, what, runs)
		}
	}},
}

// readable is how many records a transaction may read by id, besides scanning
// 200.
func (e *env) readable() int {
	n := max(e.n(812), 100)
	for _, most := range []int{e.limits().ReadKeys, e.limits().CommitChecks - 10} {
		if most > 0 {
			n = min(n, most)
		}
	}
	return n
}

// readAll reads the records of the check: one family by ids, the other by a
// scan.
func (e *env) readAll(ctx context.Context, h handle) error {
	ids := make([]string, e.readable())
	for i := range ids {
		ids[i] = padded(i)
	}
	if _, err := h.GetMany(ctx, "session", ids...); err != nil {
		return err
	}
	_, err := collect(ctx, h, "pre-key")
	return err
}

// turnSpace is the namespace of one hundred writes.
func turnSpace(turn int64) string { return "turn " + strconv.FormatInt(turn, 10) }

// pairs remembers the value that each version of a record came with.
type pairs struct {
	e      *env
	mu     sync.Mutex
	values map[pair]string
}

type pair struct {
	namespace, id string
	version       driver.Version
}

// saw notes a read and compares it with earlier ones.
func (p *pairs) saw(at pair, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, known := p.values[at]
	if known && before != value {
		p.e.Fatalf("one version of a record came with the values %q and %q", before, value)
	}
	p.values[at] = value
}

func (p *pairs) read(namespace string) {
	keys := []driver.Key{key("session", "a"), key("session", "b")}
	into := make([]driver.Record, len(keys))
	p.e.ok(p.e.wire.Read(p.e.ctx, namespace, keys, into), "Read")
	for i, one := range into {
		value := "none"
		if one.Exists {
			value = string(one.Value)
		}
		p.saw(pair{namespace, keys[i].ID, one.Version}, value)
	}
}

func (p *pairs) scan(namespace string) {
	page, err := p.e.wire.Scan(p.e.ctx, namespace, driver.Query{Range: driver.Range{From: key("session", "a"), To: driver.FamilyEnd("session")}, Limit: 10})
	p.e.ok(err, "Scan")
	for _, row := range page.Rows {
		p.saw(pair{namespace, row.Key.ID, row.Version}, string(row.Value))
	}
}
