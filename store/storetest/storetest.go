package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// TB is the part of [testing.TB] that checks and backends use.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	FailNow()
	Failed() bool
	Cleanup(f func())
	TempDir() string
}

// Backend opens the backend under test. Checks run one after the other. Each
// has its own driver and closes it.
type Backend struct {
	// Open returns a driver on a fresh, empty backend.
	Open func(ctx context.Context, t TB) (driver.Driver, error)

	// Reopen returns a driver on the data of the last Open, whose driver is
	// closed. It is required from durability class process-crash on, and nil
	// otherwise.
	Reopen func(ctx context.Context, t TB) (driver.Driver, error)

	// The rest is for embedded durable backends. A check of the rules D1 to D5
	// that needs a function which is nil is left out, and Run logs that.

	// Crash stops the last driver as the death of its process would, or as a
	// power cut would if the backend survives that. What was not durable is
	// lost. From then on calls of the old driver fail or never return; a
	// commit that reports success must be there after Reopen, which comes
	// next.
	Crash func(t TB) error

	// FailWrites makes each write and flush to the medium fail, as on a full
	// disk, until heal is called.
	FailWrites func(t TB) (heal func())

	// OpenAgain tries to open a second driver on the data of the last Open,
	// while the first is open, as a second process would.
	OpenAgain func(ctx context.Context, t TB) (driver.Driver, error)

	// Damage changes bytes of stored records on the medium. The driver is
	// closed. Reopen, or a read after it, must then report
	// [driver.ErrCorrupt].
	Damage func(t TB) error

	// Dir returns the directory that the last Open made, to check its
	// permissions.
	Dir func(t TB) string
}

// Run checks the backend against every rule. Each check is a subtest whose
// name begins with the number of its rule.
func Run(t *testing.T, b Backend) {
	t.Helper()
	powers := probe(t, b)
	for _, c := range checks() {
		if missing := c.missing(powers); missing != "" {
			t.Logf("%s is not judged: %s", c.name, missing)
		}
		for _, one := range c.runs(powers) {
			t.Run(one.name, func(t *testing.T) {
				c.run(t, suite{backend: b, open: openStore, patience: patience(), hideSnapshots: one.hideSnapshots})
			})
		}
	}
}

// patience is how long a check may take before it counts as hanging. The
// slowest takes some seconds on an idle machine with a durable backend.
func patience() time.Duration {
	if soak {
		return soakFactor * 2 * time.Minute
	}
	return 2 * time.Minute
}

// Checks names the subtests that [Run] has for the backend. They depend on
// what the backend can do.
func Checks(t TB, b Backend) (names []string) {
	t.Helper()
	powers := probe(t, b)
	for _, c := range checks() {
		for _, one := range c.runs(powers) {
			names = append(names, one.name)
		}
	}
	return names
}

// checkRun is one run of a check. Checks about views run once more without
// snapshots.
type checkRun struct {
	name          string
	hideSnapshots bool
}

func (c check) runs(p powers) (all []checkRun) {
	if c.missing(p) != "" {
		return nil
	}
	all = []checkRun{{c.name, false}}
	if c.views && p.snapshots {
		all = append(all, checkRun{c.name + "/without-snapshots", true})
	}
	return all
}

// powers says what a backend can do, which decides how it is checked.
type powers struct {
	info      driver.Info
	snapshots bool
	lists     bool
	backend   Backend
}

func probe(t TB, b Backend) powers {
	t.Helper()
	if b.Open == nil {
		t.Errorf("storetest: Backend.Open is nil")
		t.FailNow()
	}
	ctx := context.Background()
	d, err := b.Open(ctx, t)
	if err != nil {
		t.Errorf("storetest: Open: %v", err)
		t.FailNow()
	}
	p := powers{info: d.Info(), backend: b, snapshots: snapshots(ctx, d)}
	if lister, ok := driver.As[driver.NamespaceLister](d); ok {
		_, err := lister.Namespaces(ctx, "", 1)
		p.lists = !errors.Is(err, driver.ErrUnsupported)
	}
	if err := d.Close(); err != nil {
		t.Errorf("storetest: Close of an unused driver: %v", err)
	}
	return p
}

// snapshots reports whether the driver has snapshots. A wrapper may have the
// method without the power.
func snapshots(ctx context.Context, d driver.Driver) bool {
	from, ok := driver.As[driver.Snapshotter](d)
	if !ok {
		return false
	}
	s, err := from.Snapshot(ctx, "")
	if err == nil {
		_ = s.Close()
	}
	return !errors.Is(err, driver.ErrUnsupported)
}

// opener builds the store to be checked. The test of the suite itself builds
// stores with faults.
type opener func(ctx context.Context, d driver.Driver, o *store.Options) (root, error)
