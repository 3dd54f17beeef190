package storetest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Nobody needs the smallest program that finds a fault of the toy. Two
	// hundred programs are enough to find each fault that the model must
	// notice.
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s", "rapid.checks": "200"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// recorder is a TB that records failures and does not fail the test.
type recorder struct {
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
	bad  bool
}

func (r *recorder) Helper()             {}
func (r *recorder) Name() string        { return r.t.Name() }
func (r *recorder) Cleanup(f func())    { r.t.Cleanup(f) }
func (r *recorder) TempDir() string     { return r.t.TempDir() }
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) FailNow() {
	r.mu.Lock()
	r.bad = true
	r.mu.Unlock()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bad
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad = true
	if r.text.Len() < 2000 {
		fmt.Fprintf(&r.text, format+"\n", args...)
	}
}

// alone is locked by checks that look at what the whole process shares: the
// default logger and the goroutines.
var alone sync.RWMutex

// judge runs one check on a toy, also without snapshots if that makes a
// difference, and returns its messages.
func (v variant) judge(t *testing.T, c check, f fault) (failed bool, text string) {
	if c.name == "S1-secrecy/logs" || c.name == "L1-close/no-goroutine-stays" {
		alone.Lock()
		defer alone.Unlock()
	} else {
		alone.RLock()
		defer alone.RUnlock()
	}
	failed, text = v.once(t, c, f, false)
	if !failed && c.views {
		return v.once(t, c, f, true)
	}
	return failed, text
}

// once runs the check in a bubble of synctest, where a hang takes no time.
func (v variant) once(t *testing.T, c check, f fault, hideSnapshots bool) (failed bool, text string) {
	r := &recorder{t: t}
	synctest.Test(t, func(t *testing.T) {
		r.t = t
		made := &toys{fault: f, engines: map[driver.Driver]*toyEngine{}}
		c.run(r, suite{
			backend: toyBackend(f, v.info, v.lists), open: made.open,
			patience: time.Hour, hideSnapshots: hideSnapshots, small: true,
		})
		made.kill()
	})
	return r.bad, r.text.String()
}

// variant is what the backend of a toy can do. A fault can only break what is
// there.
type variant struct {
	info  driver.Info
	lists bool
}

var (
	durableToy  = variant{driver.Info{Durability: driver.PowerLoss, CertainOutcome: true}, true}
	volatileToy = variant{driver.Info{CertainOutcome: true}, false}
	smallToy    = variant{driver.Info{CertainOutcome: true, Limits: driver.Limits{
		IDBytes: 256, ValueBytes: 100_000, CommitRecords: 600, CommitChecks: 500, ReadKeys: 500,
	}}, true}
)

// judged returns the checks that Run would run on the toy.
func (v variant) judged() (all []check) {
	p := powers{info: v.info, snapshots: true, lists: v.lists, backend: toyBackend("", v.info, v.lists)}
	for _, c := range checks() {
		if c.missing(p) == "" {
			all = append(all, c)
		}
	}
	return all
}

func TestCorrectToyPasses(t *testing.T) {
	for name, v := range map[string]variant{"durable": durableToy, "volatile": volatileToy, "small": smallToy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range v.judged() {
				if failed, text := v.judge(t, c, ""); failed {
					t.Errorf("%s: the correct toy fails: %s", c.name, text)
				}
			}
		})
	}
}

// TestStoreOverWrappers runs the checks on the real store over a correct
// backend, which it wraps in another way each time that a check makes a store.
// No check may notice.
func TestStoreOverWrappers(t *testing.T) {
	for _, c := range durableToy.judged() {
		made := 0
		open := func(ctx context.Context, d driver.Driver, o *store.Options) (root, error) {
			made++
			if o == nil {
				o = &store.Options{}
			}
			by := *o
			switch made % 3 {
			case 0:
				d = &layer{Driver: d}
			case 1:
				by.Wrap = func(_ context.Context, d driver.Driver) (driver.Driver, error) {
					return &layer{Driver: &layer{Driver: d}}, nil
				}
			}
			if o.Wrap != nil {
				by.Wrap = o.Wrap
			}
			return openStore(ctx, d, &by)
		}
		r := &recorder{t: t}
		c.run(r, suite{backend: toyBackend("", durableToy.info, durableToy.lists), open: open, patience: time.Minute, small: true})
		if r.bad {
			t.Errorf("%s: %s", c.name, r.text.String())
		}
	}
}

// chancy reports whether the check runs goroutines against each other, random
// programs or random selections. It may notice any fault by chance, and must notice only
// those whose row names it.
func chancy(name string) bool {
	return strings.HasPrefix(name, "T6-histories/") || strings.HasPrefix(name, "T26-model/") || strings.HasPrefix(name, "T34-programs/") || name == "R13-selection/drawn-bounds" || slices.Contains(concurrent, name)
}

var concurrent = []string{
	"R5-atomic-set/against-readers", "T2-repeat/value-and-version-are-one", "T28-one-point/against-writers", "T15-clear/all-at-once", "T11-label-wait/many-cancelled",
	"T9-crossed-labels/many", "T5-lost-update/from-another-process", "T5-lost-update/set-during-the-commit",
	"T17-retries/hot-record", "T17-retries/against-loops-of-plain-sets", "T17-retries/scanner-against-inserters",
	"T21-view/against-writers", "L2-concurrent/one-store", "L2-concurrent/one-transaction", "L2-concurrent/a-handle-that-ends", "L2-left-behind/at-once",
	"D1-acknowledged/survives-a-crash-while-writing",
}

// TestFaultsAreCaught runs the suite on each broken toy. The checks that the
// row names must fail, and no others. Under the race detector, which is slow,
// only those that must fail are run.
func TestFaultsAreCaught(t *testing.T) {
	for _, one := range faults {
		t.Run(string(one.fault), func(t *testing.T) {
			t.Parallel()
			v := durableToy
			if one.toy != nil {
				v = *one.toy
			}
			for _, c := range v.judged() {
				must := slices.Contains(one.trips, c.name)
				if !must && (raceDetector || one.breach || chancy(c.name)) {
					continue
				}
				failed, text := v.judge(t, c, one.fault)
				if failed && !must {
					t.Errorf("%s should not notice this fault, and says: %s", c.name, text)
				}
				if !failed && must {
					t.Errorf("%s does not notice this fault", c.name)
				}
			}
		})
	}
}

// TestChecksAreNeeded tests that every check must notice some fault, and that
// the table names checks that exist.
func TestChecksAreNeeded(t *testing.T) {
	noticed := map[string]bool{}
	for _, one := range faults {
		for _, name := range one.trips {
			noticed[name] = true
		}
	}
	for _, c := range checks() {
		if !noticed[c.name] {
			t.Errorf("no fault makes %s fail", c.name)
		}
		if contract[c.rule()] == "" {
			t.Errorf("%s: no such rule", c.name)
		}
		delete(noticed, c.name)
	}
	for name := range noticed {
		t.Errorf("the table of faults names %s, which is no check", name)
	}
}

// TestEveryRuleHasACheck compares the contract with the checks.
func TestEveryRuleHasACheck(t *testing.T) {
	checked := map[string]bool{}
	for _, c := range checks() {
		checked[c.rule()] = true
	}
	for rule := range contract {
		if !checked[rule] {
			t.Errorf("rule %s has no check", rule)
		}
	}
}
