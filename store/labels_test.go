package store

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newLabels() *labels {
	l := new(labels)
	l.init()
	return l
}

// entries is the size of the table of labels.
func (l *labels) entries() (n int) {
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].held)
		l.shards[i].mu.Unlock()
	}
	return n
}

// TestT18LabelTableIsEmptyAfterAMillionLabels is rule T18 of the contract:
// label bookkeeping does not grow.
func TestT18LabelTableIsEmptyAfterAMillionLabels(t *testing.T) {
	l := newLabels()
	const goroutines, each = 8, 125_000
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				k := labelKey{"account", strconv.Itoa(g*each + i)}
				assert.NoError(t, l.acquire(context.Background(), new(settings), nil, k, labelWaiter{ticket: newTicket()}, nil, 0))
				if i%100 == 0 { // now and then somebody gives up waiting
					ctx, cancel := context.WithCancel(context.Background())
					cancel()
					assert.ErrorIs(t, l.acquire(ctx, new(settings), nil, k, labelWaiter{ticket: newTicket()}, nil, 0), context.Canceled)
				}
				l.release(k)
			}
		})
	}
	wg.Wait()
	assert.Zero(t, l.entries())
	for i := range l.shards {
		assert.LessOrEqual(t, len(l.shards[i].spare), 4)
	}
}

func TestLabelsAreHandedOverInOrderOfTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, k := newLabels(), labelKey{"", "a"}
		require.True(t, l.tryAcquire(k))
		var order []int
		for _, place := range []int{3, 1, 2} { // 1 and 2 asked first and come back after a restart
			go func() {
				assert.NoError(t, l.acquire(t.Context(), new(settings), nil, k, labelWaiter{ticket: ticket(place)}, nil, 0))
				order = append(order, place)
				l.release(k)
			}()
			synctest.Wait()
		}
		l.release(k)
		synctest.Wait()
		assert.Equal(t, []int{1, 2, 3}, order)
		assert.Zero(t, l.entries())
	})
}

func TestLabelsOfNamespacesAreDifferent(t *testing.T) {
	l := newLabels()
	assert.True(t, l.tryAcquire(labelKey{"alice", "a"}))
	assert.True(t, l.tryAcquire(labelKey{"bob", "a"}))
	assert.False(t, l.tryAcquire(labelKey{"bob", "a"}))
}

func TestLabelWaiterThatLeavesLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, k := newLabels(), labelKey{"", "a"}
		closed := make(chan struct{})
		require.True(t, l.tryAcquire(k))
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error, 3)
		go func() { results <- l.acquire(ctx, new(settings), nil, k, labelWaiter{ticket: 1}, nil, 0) }()
		synctest.Wait()
		go func() {
			results <- l.acquire(context.Background(), new(settings), closed, k, labelWaiter{ticket: 2}, nil, 0)
		}()
		synctest.Wait()
		go func() {
			results <- l.acquire(context.Background(), new(settings), nil, k, labelWaiter{ticket: 3}, nil, 0)
		}()
		synctest.Wait()
		cancel()
		assert.ErrorIs(t, <-results, context.Canceled)
		close(closed)
		assert.ErrorIs(t, <-results, ErrClosed)
		l.release(k)
		assert.NoError(t, <-results)
		l.release(k)
		assert.Zero(t, l.entries())
	})
}

// A waiter may be given the label in the moment in which it gives up.
func TestLabelGivenToOneWhoLeavesGoesOn(t *testing.T) {
	l, k := newLabels(), labelKey{"", "a"}
	for range 2000 {
		require.True(t, l.tryAcquire(k))
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			if l.acquire(ctx, new(settings), nil, k, labelWaiter{ticket: 1}, nil, 0) == nil {
				l.release(k)
			}
		})
		wg.Go(cancel)
		wg.Go(func() { l.release(k) })
		wg.Wait()
		require.Zero(t, l.entries())
	}
}

// A kept place holds up who asks later and holds nothing. Whoever holds a
// label goes first: the place may be that of a transaction that waits for this
// label.
func TestKeptPlaceHoldsUpOnlyWhoHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, k := newLabels(), labelKey{"", "a"}
		kept := l.keep(k, 1)
		assert.False(t, l.tryAcquire(k))
		var order []string
		take := func(who string, w labelWaiter, kept *labelWaiter) {
			assert.NoError(t, l.acquire(t.Context(), new(settings), nil, k, w, kept, 0))
			order = append(order, who)
			l.release(k)
		}
		go take("later", labelWaiter{ticket: 2}, nil)
		synctest.Wait()
		assert.Empty(t, order)
		take("holder", labelWaiter{ticket: 3, holding: true}, nil)
		take("kept", labelWaiter{ticket: 1}, kept)
		synctest.Wait()
		assert.Equal(t, []string{"holder", "kept", "later"}, order)

		kept = l.keep(k, 1)
		go take("last", labelWaiter{ticket: 2}, nil)
		synctest.Wait()
		l.abandon(k, kept)
		synctest.Wait()
		assert.Equal(t, "last", order[len(order)-1])
		assert.Zero(t, l.entries())
	})
}
