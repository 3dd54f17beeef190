// Package familytest helps to test code that uses generated repositories. It
// has a store in memory that fails on request. Generated packages wrap it as
// <package>test.
package familytest

import (
	"context"
	"sync"
	"testing"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// Faults makes the store that Open returned with it fail. Its methods are safe
// for concurrent use.
type Faults struct {
	mu        sync.Mutex
	conflicts int
	reads     failure
	commits   failure
}

// failure is an error that the next calls return.
type failure struct {
	times int
	err   error
}

// Open returns an empty store in memory and its faults. The store is closed
// when the test ends. Options may be nil.
func Open(t testing.TB, o *store.Options) (*store.Store, *Faults) {
	t.Helper()
	d := &faulty{Driver: memstore.NewDriver()}
	s, err := store.New(t.Context(), d, o)
	if err != nil {
		t.Fatalf("familytest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("familytest: %v", err)
		}
	})
	return s, &d.faults
}

// Conflict makes the next n commits of transactions that have read something
// conflict, so that the transactions run again.
func (f *Faults) Conflict(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conflicts = n
}

// FailReads makes the next n reads and pages of scans fail with err.
func (f *Faults) FailReads(n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = failure{n, err}
}

// FailCommits makes the next n commits fail with err. None of them is applied.
func (f *Faults) FailCommits(n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits = failure{n, err}
}

// next returns the error of the next call, nil if the call is to succeed.
func (f *failure) next() error {
	if f.times <= 0 {
		return nil
	}
	f.times--
	return f.err
}

func (f *Faults) read() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reads.next()
}

func (f *Faults) commit(c *driver.Commit) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conflicts > 0 && len(c.Checks)+len(c.Ranges) > 0 {
		f.conflicts--
		return driver.ErrConflict
	}
	return f.commits.next()
}

// faulty is a driver with faults.
type faulty struct {
	driver.Driver
	faults Faults
}

// Unwrap gives access to the powers of the driver inside, which do not fail.
func (d *faulty) Unwrap() driver.Driver { return d.Driver }

// Snapshot returns [store.ErrUnsupported]. Then views read and check like
// transactions, and can fail and conflict.
func (*faulty) Snapshot(context.Context, string) (driver.Snapshot, error) {
	return nil, driver.ErrUnsupported
}

func (d *faulty) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if err := d.faults.read(); err != nil {
		return err
	}
	return d.Driver.Read(ctx, namespace, keys, into)
}

func (d *faulty) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if err := d.faults.read(); err != nil {
		return driver.Page{}, err
	}
	return d.Driver.Scan(ctx, namespace, q)
}

func (d *faulty) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	if err := d.faults.commit(c); err != nil {
		return err
	}
	return d.Driver.Commit(ctx, namespace, c)
}
