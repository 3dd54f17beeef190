package storetest

import (
	"context"
	"errors"
	"fmt"
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

// suite is how checks are run.
type suite struct {
	backend       Backend
	open          opener
	patience      time.Duration // a check that takes longer hangs
	hideSnapshots bool
	small         bool // a fiftieth of the records where there are many
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

// wired is a fresh wire to a driver.
func (e *env) wired(d driver.Driver) *wire {
	w := newWire(d)
	w.hideSnapshots = e.suite.hideSnapshots
	return w
}

// build makes a store over a wire, or over what is wrapped around one; it is
// closed with the check.
func (e *env) build(d driver.Driver, o *store.Options) root {
	e.t.Helper()
	s, err := e.suite.open(e.ctx, d, o)
	e.ok(err, "New")
	e.mu.Lock()
	e.roots = append(e.roots, s)
	e.mu.Unlock()
	return s
}

// rebuild replaces the store by one with other options, on the same driver.
func (e *env) rebuild(o *store.Options) {
	e.s = e.build(e.wire, o)
}

// far is a store of another process, as it were: over a wire of its own to the
// same backend, so that it shares no label, no gate and no memory with e.s.
func (e *env) far() root {
	far := e.build(e.wired(e.wire.inner), nil)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.roots = slices.DeleteFunc(e.roots, func(s root) bool { return s == far }) // the driver is closed once
	return far
}

// another is a store on a second backend.
func (e *env) another() root {
	d, err := e.suite.backend.Open(e.ctx, e.t)
	e.ok(err, "Open")
	return e.build(e.wired(d), nil)
}

// tidy closes what the check left open. A broken store may not come to an end;
// it has been reported then, and the tests go on.
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

// n is a count of records: less than asked where the suite is to be quick.
func (e *env) n(full int) int {
	if e.suite.small {
		return max(full/50, 1)
	}
	return full
}

// Errorf fails the check, the first time with the sentence of its rule.
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

// FailNow ends the goroutine, and the check.
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

// is wants an error that wraps the target.
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

// start runs f in a goroutine of the check, which may fail it. The channel is
// closed when it has ended.
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

// wait returns when the channel is closed. If that never happens the check ends
// as one that hangs.
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

// waiting is a context that tells when somebody begins to wait for its end: who
// waits for a label or a gate has queued up by then.
type waiting struct {
	context.Context
	mu    sync.Mutex
	told  bool
	begun chan struct{}
}

func newWaiting(ctx context.Context) *waiting {
	return &waiting{Context: ctx, begun: make(chan struct{})}
}

// again tells of the next wait too, where somebody may have waited before for
// something else. Nobody may look at begun meanwhile.
func (w *waiting) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told, w.begun = false, make(chan struct{})
}

// Done tells, and passes the call on.
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

// fire closes a channel, which a callback that is run again may have done.
func fire(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func goexit() { runtime.Goexit() }

// rewire builds the store again over a fresh wire, which may have a backend that
// can lose the outcome of a commit.
func (e *env) rewire(uncertain bool) {
	e.wire = e.wired(e.wire.inner)
	e.wire.uncertain = uncertain
	e.roots = nil // the new store closes the driver
	e.s = e.build(e.wire, nil)
}

// breathe lets in whoever can come in.
func breathe() { time.Sleep(time.Microsecond) }

func yield() { runtime.Gosched() }
