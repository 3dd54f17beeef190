package storetest

import (
	"context"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// wire is a driver around the backend's. It counts calls, and a check may fail
// a call, delay it, run others before or after it, or lose its answer. It
// stands for a process, and so is no driver.Wrapper: stores over two wires
// share the backend and nothing else.
type wire struct {
	inner         driver.Driver
	hideSnapshots bool
	hideCounter   bool

	mu        sync.Mutex
	counts    counts
	between   func(c call, next func(context.Context) error) error
	uncertain bool
	closed    bool
	running   int
	breaches  []string // of rules that drivers rely on
	stamps    map[driver.Version]bool
	pages     map[place]driver.Key // where the longest page from there ended
	pagesDown map[place]driver.Key // and, in reverse, where it began
	values    int                  // scans that asked for values
	pageRows  func() int           // cuts pages, as a driver may; nil cuts none
}

// place is where a page starts.
type place struct {
	namespace string
	from      driver.Key
}

// counts are the calls of the backend so far.
type counts struct {
	reads     int // Read, and each page of Scan, also of snapshots
	writes    int // Commit that changes something
	checks    int // Commit that only checks
	snapshots int
	lists     int
	refused   int // calls of powers that the backend lacks, which do not reach it
}

func (c counts) total() int { return c.reads + c.writes + c.checks + c.snapshots + c.lists }

// call is one call of the backend.
type call struct {
	kind      kind
	n         int // of its kind, from 1
	ctx       context.Context
	namespace string
	commit    *driver.Commit // of a write or check
}

type kind int

const (
	read kind = iota
	writing
	checking
	snapshooting
	listing
)

func newWire(d driver.Driver) *wire {
	return &wire{inner: d, stamps: map[driver.Version]bool{}, pages: map[place]driver.Key{}, pagesDown: map[place]driver.Key{}}
}

// on passes all calls through f from now on. nil ends that.
func (w *wire) on(f func(c call, next func(context.Context) error) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.between = f
}

// count returns the calls so far.
func (w *wire) count() counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts
}

// during returns the calls that f makes.
func (w *wire) during(f func()) counts {
	before := w.count()
	f()
	after := w.count()
	return counts{
		after.reads - before.reads, after.writes - before.writes, after.checks - before.checks,
		after.snapshots - before.snapshots, after.lists - before.lists, after.refused - before.refused,
	}
}

func (w *wire) pass(c call, next func(context.Context) error) error {
	w.mu.Lock()
	counter := []*int{&w.counts.reads, &w.counts.writes, &w.counts.checks, &w.counts.snapshots, &w.counts.lists}[c.kind]
	*counter++
	c.n = *counter
	if w.closed {
		w.breaches = append(w.breaches, "a call after Close")
	}
	w.running++
	between := w.between
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.running--
		w.mu.Unlock()
	}()
	if between == nil {
		return next(c.ctx)
	}
	return between(c, next)
}

// Read counts and reads.
func (w *wire) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	return w.read(w.inner, ctx, namespace, keys, into)
}

func (w *wire) read(from driver.Reader, ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	w.expect(len(keys) > 0 && len(keys) == len(into), "a Read without keys")
	return w.pass(call{kind: read, ctx: ctx, namespace: namespace}, func(ctx context.Context) error {
		return from.Read(ctx, namespace, keys, into)
	})
}

// Scan counts and scans.
func (w *wire) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	return w.scan(w.inner, ctx, namespace, q)
}

func (w *wire) scan(from driver.Reader, ctx context.Context, namespace string, q driver.Query) (page driver.Page, err error) {
	w.expect(q.Limit > 0, "a Scan without a limit")
	w.expect(q.Range.Before(q.Range.From), "a Scan of an empty range")
	w.asked(q)
	err = w.pass(call{kind: read, ctx: ctx, namespace: namespace}, func(ctx context.Context) (err error) {
		page, err = from.Scan(ctx, namespace, q)
		if n := w.pageRows; err == nil && n != nil {
			page = cut(page, n())
		}
		if err == nil {
			w.delivered(namespace, q, &page)
		}
		return err
	})
	return page, err
}

func (w *wire) asked(q driver.Query) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !q.KeysOnly {
		w.values++
	}
}

// valued returns how many scans have asked for values.
func (w *wire) valued() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.values
}

// cut returns the first rows of a page as a page.
func cut(page driver.Page, rows int) driver.Page {
	if len(page.Rows) > rows {
		page.Rows, page.More = page.Rows[:rows], true
	}
	return page
}

// delivered notes what a page has read.
func (w *wire) delivered(namespace string, q driver.Query, page *driver.Page) {
	w.covers(namespace, q.Covered(page), q.Reverse)
}

// covers notes a range that was read at one time. It keeps the longest from
// each start, and the longest from each end.
func (w *wire) covers(namespace string, r driver.Range, reverse bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if reverse {
		at := place{namespace, r.To}
		if before, ok := w.pagesDown[at]; !ok || r.From.Compare(before) < 0 {
			w.pagesDown[at] = r.From
		}
		return
	}
	at := place{namespace, r.From}
	if before, ok := w.pages[at]; !ok || before != (driver.Key{}) && (r.To == driver.Key{} || before.Compare(r.To) < 0) {
		w.pages[at] = r.To
	}
}

// shown reports whether a range was all on one page.
func (w *wire) shown(namespace string, r driver.Range) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	end, ok := w.pages[place{namespace, r.From}]
	if ok && (end == driver.Key{} || r.To != driver.Key{} && r.To.Compare(end) <= 0) {
		return true
	}
	start, ok := w.pagesDown[place{namespace, r.To}]
	return ok && start.Compare(r.From) <= 0
}

// Count is a read, too.
func (w *wire) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	from, _ := driver.As[driver.Counter](w.inner)
	return w.countRange(from, ctx, namespace, r)
}

func (w *wire) countRange(from driver.Counter, ctx context.Context, namespace string, r driver.Range) (n driver.Counted, err error) {
	if from == nil || w.hideCounter {
		return n, w.refuse()
	}
	w.expect(r.Before(r.From), "a Count of an empty range")
	err = w.pass(call{kind: read, ctx: ctx, namespace: namespace}, func(ctx context.Context) (err error) {
		if n, err = from.Count(ctx, namespace, r); err == nil {
			w.covers(namespace, r, false)
		}
		return err
	})
	return n, err
}

// Commit counts and commits.
func (w *wire) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	k := writing
	if c.OnlyChecks() {
		k = checking
	}
	w.inspect(namespace, c)
	return w.pass(call{kind: k, ctx: ctx, namespace: namespace, commit: c}, func(ctx context.Context) error {
		return w.inner.Commit(ctx, namespace, c)
	})
}

// inspect checks the promises that driver.Commit makes to drivers.
func (w *wire) inspect(namespace string, c *driver.Commit) {
	for _, r := range c.Ranges {
		w.expect(w.shown(namespace, r.Range), "a RangeCheck of a range that no single page has shown")
	}
	for i, r := range c.Deletes {
		w.expect(r.Before(r.From), "a Commit that deletes an empty range")
		apart := i == 0 || c.Deletes[i-1].To != (driver.Key{}) && c.Deletes[i-1].To.Compare(r.From) <= 0
		w.expect(apart, "a Commit whose deletes overlap, or do not ascend")
	}
	for i := 1; i < len(c.Writes); i++ {
		w.expect(c.Writes[i-1].Key.Compare(c.Writes[i].Key) < 0, "a Commit whose writes do not ascend, each key once")
	}
	w.mu.Lock()
	used := w.stamps[c.Stamp]
	w.stamps[c.Stamp] = true
	w.mu.Unlock()
	w.expect(c.Stamp != 0 && !used, "a Commit whose stamp is zero or was used before")
}

func (w *wire) expect(holds bool, breach string) {
	if holds {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.breaches = append(w.breaches, breach)
}

// broken returns the rules of drivers that the store has broken.
func (w *wire) broken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.breaches
}

// Info returns the backend's. A check may add that outcomes can be lost.
func (w *wire) Info() driver.Info {
	info := w.inner.Info()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.uncertain {
		info.CertainOutcome = false
	}
	return info
}

// Close closes the backend and notes calls that are still running.
func (w *wire) Close() error {
	w.mu.Lock()
	if w.closed {
		w.breaches = append(w.breaches, "a second Close")
	}
	if w.running > 0 {
		w.breaches = append(w.breaches, "a Close while calls are under way")
	}
	w.closed = true
	w.mu.Unlock()
	return w.inner.Close()
}

func (w *wire) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// Snapshot counts and opens a counted snapshot.
func (w *wire) Snapshot(ctx context.Context, namespace string) (s driver.Snapshot, err error) {
	from, ok := driver.As[driver.Snapshotter](w.inner)
	if !ok || w.hideSnapshots {
		return nil, w.refuse()
	}
	err = w.pass(call{kind: snapshooting, ctx: ctx, namespace: namespace}, func(ctx context.Context) (err error) {
		s, err = from.Snapshot(ctx, namespace)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &wiredSnapshot{w, s}, nil
}

type wiredSnapshot struct {
	wire  *wire
	inner driver.Snapshot
}

func (s *wiredSnapshot) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	return s.wire.read(s.inner, ctx, namespace, keys, into)
}

func (s *wiredSnapshot) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	return s.wire.scan(s.inner, ctx, namespace, q)
}

// Count is a read, too.
func (s *wiredSnapshot) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	from, _ := driver.CounterOf(s.inner)
	return s.wire.countRange(from, ctx, namespace, r)
}

func (s *wiredSnapshot) Close() error {
	s.wire.expect(!s.wire.isClosed(), "a Close of a snapshot after the Close of the driver")
	return s.inner.Close()
}

func (w *wire) refuse() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.refused++
	return driver.ErrUnsupported
}

// Namespaces counts and lists.
func (w *wire) Namespaces(ctx context.Context, from string, limit int) (names []string, err error) {
	lister, ok := driver.As[driver.NamespaceLister](w.inner)
	if !ok {
		return nil, w.refuse()
	}
	err = w.pass(call{kind: listing, ctx: ctx}, func(ctx context.Context) (err error) {
		names, err = lister.Namespaces(ctx, from, limit)
		return err
	})
	return names, err
}
