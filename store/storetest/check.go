package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// check is one named check of a rule.
type check struct {
	name  string // rule number, topic, and what is checked
	views bool   // depends on snapshots: runs once more without
	needs need
	fn    func(e *env)
}

// need is what a backend must offer to be judged by a check.
type need func(p powers) (missing string)

func (c check) missing(p powers) string {
	if c.needs == nil {
		return ""
	}
	return c.needs(p)
}

// rule is the number that the name begins with.
func (c check) rule() string {
	number, _, _ := strings.Cut(c.name, "-")
	return number
}

// suite says how checks are run.
type suite struct {
	backend       Backend
	open          opener
	patience      time.Duration // a check that takes longer counts as hanging
	hideSnapshots bool
	small         bool // few records, and few rounds of races
}

// run runs the check on a fresh store and fails t if the rule is broken.
func (c check) run(t TB, s suite) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e := &env{t: t, check: c, suite: s, ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.prepare()
		c.fn(e)
		e.tasks.Wait()
		e.behaved()
	}()
	hung := time.NewTimer(s.patience)
	defer hung.Stop()
	select {
	case <-done:
	case <-hung.C:
		e.Errorf("no end after %v; goroutines:\n%s", s.patience, stacks())
	}
	cancel()
	e.tidy(done)
	if e.stopped {
		t.FailNow()
	}
}

// env is what a check works with: a store on a fresh backend, the wire between
// the two, and the means to fail.
type env struct {
	t     TB
	check check
	suite suite

	ctx  context.Context // ends with the check
	wire *wire
	s    root

	directory string // see dir

	mu      sync.Mutex
	failed  bool
	stopped bool
	roots   []root
	tasks   sync.WaitGroup
}

func (e *env) prepare() {
	d, err := e.suite.backend.Open(e.ctx, e.t)
	e.ok(err, "Open")
	e.wire = e.wired(d)
	e.s = e.build(e.wire, nil)
}

// wired returns a new wire to a driver.
func (e *env) wired(d driver.Driver) *wire {
	w := newWire(d)
	w.hideSnapshots = e.suite.hideSnapshots
	return w
}

// build makes a store over a wire or over a wrapper of one. It is closed at
// the end of the check.
func (e *env) build(d driver.Driver, o *store.Options) root {
	e.t.Helper()
	s, err := e.suite.open(e.ctx, d, o)
	e.ok(err, "New")
	e.mu.Lock()
	e.roots = append(e.roots, s)
	e.mu.Unlock()
	return s
}

// rebuild replaces the store with one that has other options, on the same
// driver.
func (e *env) rebuild(o *store.Options) {
	e.s = e.build(e.wire, o)
}

// far returns a store that stands for another process. It has its own wire to
// the backend, and so shares no label, no gate and no memory with e.s.
func (e *env) far() root {
	far := e.build(e.wired(e.wire.inner), nil)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.roots = slices.DeleteFunc(e.roots, func(s root) bool { return s == far }) // the driver is closed once
	return far
}

// another returns a store on a second backend.
func (e *env) another() root {
	d, err := e.suite.backend.Open(e.ctx, e.t)
	e.ok(err, "Open")
	return e.build(e.wired(d), nil)
}

// tidy closes what the check left open. It gives up on a store that hangs, and
// reports it, so that the other checks can run.
func (e *env) tidy(done <-chan struct{}) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-done
		e.tasks.Wait()
		for _, s := range e.roots {
			if err := s.Close(); err != nil && !errors.Is(err, store.ErrClosed) && !e.Failed() {
				e.Errorf("Close after the check: %v", err)
			}
		}
	}()
	grace := time.NewTimer(e.suite.patience)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		e.Errorf("the store does not close after the check; goroutines:\n%s", stacks())
	}
}

func stacks() string {
	buf := make([]byte, 64<<10)
	return string(buf[:runtime.Stack(buf, true)])
}

// n is a count of records: fewer than full if the suite is small.
func (e *env) n(full int) int {
	if e.suite.small {
		return max(full/50, 1)
	}
	return full
}

// rounds is how often a check that looks for a race tries to provoke it.
func (e *env) rounds(n int) int {
	switch {
	case e.suite.small:
		return max(n/10, 1)
	case soak:
		return soakFactor * n
	}
	return n
}

// soak says that checks are to take longer and find more.
var soak = os.Getenv("KEYFAM_SOAK") != ""

const soakFactor = 20

// pages is a count of records that take several pages of a scan.
func (e *env) pages() int {
	if e.suite.small {
		return 300
	}
	return 3000
}

// Errorf fails the check. The first message begins with the rule.
func (e *env) Errorf(format string, args ...any) {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	said := fmt.Sprintf(format, args...)
	if !e.failed {
		rule := e.check.rule()
		said = fmt.Sprintf("broken rule %s: %s\n%s", rule, contract[rule], said)
	}
	e.failed = true
	e.t.Errorf("%s", said)
}

// FailNow fails the check and ends the goroutine.
func (e *env) FailNow() {
	e.mu.Lock()
	e.failed, e.stopped = true, true
	e.mu.Unlock()
	runtime.Goexit()
}

// Failed reports whether the check has failed.
func (e *env) Failed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failed
}

func (e *env) Fatalf(format string, args ...any) {
	e.t.Helper()
	e.Errorf(format, args...)
	e.FailNow()
}

// ok stops the check on an error.
func (e *env) ok(err error, what string) {
	e.t.Helper()
	if err != nil {
		e.Fatalf("%s: %v", what, err)
	}
}

// is checks that the error wraps the target.
func (e *env) is(err, target error, what string) {
	e.t.Helper()
	if !errors.Is(err, target) {
		e.Errorf("%s: got error %v, want %v", what, err, target)
	}
}

func (e *env) that(holds bool, format string, args ...any) {
	e.t.Helper()
	if !holds {
		e.Errorf(format, args...)
	}
}

// start runs f on a goroutine that may fail the check. The channel is closed
// when f has ended.
func (e *env) start(f func()) <-chan struct{} {
	done := make(chan struct{})
	e.tasks.Add(1)
	go func() {
		defer e.tasks.Done()
		defer close(done)
		f()
	}()
	return done
}

// wait returns when the channel is closed. If it never is, the check fails
// when its patience ends.
func (e *env) wait(c <-chan struct{}, what string) {
	e.t.Helper()
	select {
	case <-c:
	case <-e.ctx.Done():
		e.Fatalf("waited in vain until %s", what)
	}
}

// all runs f n times at once and waits for the end.
func (e *env) all(n int, f func(i int)) {
	e.t.Helper()
	ends := make([]<-chan struct{}, n)
	for i := range n {
		ends[i] = e.start(func() { f(i) })
	}
	for _, end := range ends {
		e.wait(end, "all goroutines of the check have ended")
	}
}

// waiting is a context that reports the first call of its Done. A store calls
// it when it begins to wait for a label or a gate, after it has queued up.
type waiting struct {
	context.Context
	mu    sync.Mutex
	told  bool
	begun chan struct{}
}

func newWaiting(ctx context.Context) *waiting {
	return &waiting{Context: ctx, begun: make(chan struct{})}
}

// again reports the next call of Done too. No goroutine may use begun
// meanwhile.
func (w *waiting) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told, w.begun = false, make(chan struct{})
}

// Done closes begun.
func (w *waiting) Done() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.told {
		w.told = true
		close(w.begun)
	}
	return w.Context.Done()
}

var (
	errInjected = errors.New("injected by storetest")
	errOwn      = errors.New("the callback's own error")
)

// limits of the backend, for checks of sizes.
func (e *env) limits() driver.Limits { return e.wire.Info().Limits }

// fire closes a channel unless an earlier run of the callback has closed it.
func fire(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func goexit() { runtime.Goexit() }

// rewire builds the store again over a new wire. If uncertain, its backend may
// lose the outcome of a commit.
func (e *env) rewire(uncertain bool) {
	e.wire = e.wired(e.wire.inner)
	e.wire.uncertain = uncertain
	e.roots = nil // the new store closes the driver
	e.s = e.build(e.wire, nil)
}

// breathe lets other goroutines run. In a bubble of synctest they run until
// they wait.
func breathe() { time.Sleep(time.Microsecond) }

func yield() { runtime.Gosched() }
