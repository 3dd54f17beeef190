package store

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// void is a backend that forgets everything.
type void struct{ page driver.Page }

func (*void) Info() driver.Info { return driver.Info{CertainOutcome: true} }
func (*void) Close() error      { return nil }

func (*void) Read(context.Context, string, []driver.Key, []driver.Record) error { return nil }
func (*void) Commit(context.Context, string, *driver.Commit) error              { return nil }

func (v *void) Scan(context.Context, string, driver.Query) (driver.Page, error) {
	return v.page, nil
}

// entries is how many backends the process knows.
func entries() int {
	engines.Lock()
	defer engines.Unlock()
	return len(engines.m)
}

func TestRefusedDriverIsForgotten(t *testing.T) {
	before := entries()
	_, err := New(t.Context(), new(void), &Options{Durability: Replicated})
	assert.ErrorIs(t, err, ErrUnsupported)
	_, err = New(t.Context(), new(void), &Options{MaxAttempts: -1})
	assert.ErrorIs(t, err, ErrInvalid)
	assert.Equal(t, before, entries())

	s, err := New(t.Context(), new(void), nil)
	require.NoError(t, err)
	assert.Equal(t, before+1, entries())
	require.NoError(t, s.Close())
	assert.Equal(t, before, entries())
}

// A type may be comparable and a value of it not.
func TestDriverMustBeComparable(t *testing.T) {
	type holder struct {
		driver.Driver
		any
	}
	_, err := New(t.Context(), holder{new(void), []int{1}}, nil)
	assert.ErrorIs(t, err, ErrInvalid)
}

func TestPageThatGoesNowhere(t *testing.T) {
	s, err := New(t.Context(), &void{page: driver.Page{More: true}}, nil)
	require.NoError(t, err)
	defer s.Close()
	scan := func(ctx context.Context, h Handle) (last error) {
		for _, last = range h.Scan(ctx, "session", "") {
			continue
		}
		return last
	}
	assert.ErrorIs(t, scan(t.Context(), s), ErrUnavailable)
	assert.ErrorIs(t, s.Transaction(t.Context(), "", func(ctx context.Context, tx *Tx) error { return scan(ctx, tx) }), ErrUnavailable)
}

// TestT18TransactionsLeaveNoLabels is the rest of rule T18: transactions give
// back every label that they take, nested ones too.
func TestT18TransactionsLeaveNoLabels(t *testing.T) {
	s, err := New(t.Context(), new(void), nil)
	require.NoError(t, err)
	defer s.Close()
	const goroutines, each = 8, 25_000
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range each {
				label := strconv.Itoa(g*each + i)
				err := s.Transaction(t.Context(), label, func(ctx context.Context, tx *Tx) error {
					return tx.TransactionWith(ctx, TxOptions{Labels: []string{label + "a", "shared" + strconv.Itoa(i%3), "0"}}, func(context.Context, *Tx) error { return nil })
				})
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	assert.Zero(t, s.engine().labels.entries())
}

func TestShardsAreCacheLines(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) == 8 {
		assert.EqualValues(t, 64, unsafe.Sizeof(labelShard{}))
	}
	assert.EqualValues(t, 64, unsafe.Sizeof(counter{}))
}

// TestTransactionFitsItsSizeClass holds the one allocation that every
// transaction makes: of 768 bytes, 8 of which are the allocator's. The next
// class has 896.
func TestTransactionFitsItsSizeClass(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) == 8 {
		assert.LessOrEqual(t, unsafe.Sizeof(transaction{}), uintptr(760))
	}
}
