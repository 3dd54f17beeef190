// Package storetest judges keyfam backends. [Run] has a named check for every
// rule that users of package store rely on; each prints the sentence of the rule
// when it fails. [Bench] runs the same benchmarks on any backend.
//
// A backend's test is a few lines:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, storetest.Backend{
//			Open: func(ctx context.Context, t storetest.TB) (driver.Driver, error) {
//				return mybackend.NewDriver(), nil
//			},
//		})
//	}
//
// Random checks print their seed when they fail; -storetest.seed takes it back,
// and -rapid.seed that of the model check, which pgregory.net/rapid drives. A seed
// repeats what goroutines do, not how they meet.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// TB is what checks and backends use of a [testing.TB].
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

// Backend is a backend under test. Checks run one after the other, each on a
// driver of its own, which the check closes.
type Backend struct {
	// Open returns a driver on a fresh, empty backend.
	Open func(ctx context.Context, t TB) (driver.Driver, error)

	// Reopen returns a driver on what the last Open made, after its driver was
	// closed. It is needed from durability class process-crash on, and nil
	// elsewhere.
	Reopen func(ctx context.Context, t TB) (driver.Driver, error)

	// The rest is for embedded durable backends. Each rule D1 to D5 is checked
	// as far as the functions it needs are there; Run logs which are not.

	// Crash stops the last driver as the death of its process would, or, for a
	// backend that survives it, as a power cut would: what was not durable is
	// gone, and from then on calls of the old driver fail or never return, while
	// those that report success are part of what must be there. Reopen comes next.
	Crash func(t TB) error

	// FailWrites makes each write and flush to the medium fail from now on, as
	// on a full disk, until the function it returns is called.
	FailWrites func(t TB) (heal func())

	// OpenAgain tries to open a second driver on what the last Open made, while
	// the first is open, as a second process would.
	OpenAgain func(ctx context.Context, t TB) (driver.Driver, error)

	// Damage changes bytes of stored records on the medium, after the driver was
	// closed. Reopen, or a read after it, must then report [driver.ErrCorrupt].
	Damage func(t TB) error

	// Dir is the directory that the last Open made, to see its permissions.
	Dir func(t TB) string
}

// Run checks the backend against every rule, each as a subtest whose name begins
// with the number of the rule.
func Run(t *testing.T, b Backend) {
	t.Helper()
	powers := probe(t, b)
	for _, c := range checks() {
		if missing := c.missing(powers); missing != "" {
			t.Logf("%s is not judged: %s", c.name, missing)
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			c.run(t, suite{backend: b, open: openStore, patience: patience})
		})
		if c.views && powers.snapshots {
			t.Run(c.name+"/without-snapshots", func(t *testing.T) {
				c.run(t, suite{backend: b, open: openStore, patience: patience, hideSnapshots: true})
			})
		}
	}
}

// patience is how long a check may take: far longer than on a slow, busy machine,
// since only a store that hangs reaches it.
const patience = 5 * time.Minute

// powers is what a backend can, which decides what it is judged by.
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
	d, err := b.Open(context.Background(), t)
	if err != nil {
		t.Errorf("storetest: Open: %v", err)
		t.FailNow()
	}
	p := powers{info: d.Info(), backend: b}
	_, p.snapshots = d.(driver.Snapshotter)
	_, p.lists = d.(driver.NamespaceLister)
	if err := d.Close(); err != nil {
		t.Errorf("storetest: Close of an unused driver: %v", err)
	}
	return p
}

// opener builds the store that is checked. The suite's own test builds another
// one, with faults.
type opener func(ctx context.Context, d driver.Driver, o *store.Options) (root, error)
