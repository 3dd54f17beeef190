package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// take is hold for tests in which the gate is always given in the end.
func take(ctx context.Context, g *gates, closed <-chan struct{}, namespace string) error {
	held, err := g.hold(ctx, new(settings), closed, namespace, time.Hour, new(attempt), 0)
	if held == (err != nil) {
		panic("neither held nor an error, or both")
	}
	return err
}

func TestGateAdmitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(gates)
		require.NoError(t, take(t.Context(), g, nil, "a"))
		var order []string
		commit := func(name string) {
			passed, _, err := g.pass(t.Context(), new(settings), nil, "a", time.Hour)
			assert.NoError(t, err)
			order = append(order, name)
			if passed {
				g.done("a")
			}
		}
		hold := func(name string) {
			assert.NoError(t, take(t.Context(), g, nil, "a"))
			order = append(order, name)
			g.leave("a")
		}
		for _, start := range []func(){
			func() { commit("commit 1") },
			func() { hold("transaction 2") },
			func() { commit("commit 3") },
		} {
			go start()
			synctest.Wait()
		}
		passed, _, err := g.pass(t.Context(), new(settings), nil, "b", time.Hour)
		assert.NoError(t, err)
		assert.False(t, passed, "another namespace has no gate")
		assert.Empty(t, order)
		g.leave("a")
		synctest.Wait()
		assert.Equal(t, []string{"commit 1", "transaction 2", "commit 3"}, order)
		assert.Empty(t, g.m)
		assert.Zero(t, g.active.Load())
	})
}

func TestGateIsNotWaitedForLongerThanTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(gates)
		require.NoError(t, take(t.Context(), g, nil, ""))
		start := time.Now()
		passed, _, err := g.pass(t.Context(), new(settings), nil, "", time.Second)
		assert.NoError(t, err)
		assert.False(t, passed)
		assert.Equal(t, time.Second, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, _, err = g.pass(ctx, new(settings), nil, "", time.Second)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, take(ctx, g, nil, ""), context.DeadlineExceeded)
		closed := make(chan struct{})
		close(closed)
		_, _, err = g.pass(t.Context(), new(settings), closed, "", time.Second)
		assert.ErrorIs(t, err, ErrClosed)
		assert.ErrorIs(t, take(t.Context(), g, closed, ""), ErrClosed)
		g.leave("")
		assert.Empty(t, g.m)
	})
}

// The next holder begins when the commits that were let in before it have
// ended.
func TestGateHolderWaitsForCommitsInFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(gates)
		require.NoError(t, take(t.Context(), g, nil, ""))
		let := make(chan struct{})
		go func() {
			passed, _, _ := g.pass(t.Context(), new(settings), nil, "", time.Hour)
			assert.True(t, passed)
			<-let
			g.done("")
		}()
		synctest.Wait()
		held := false
		go func() {
			assert.NoError(t, take(t.Context(), g, nil, ""))
			held = true
			g.leave("")
		}()
		synctest.Wait()
		g.leave("")
		synctest.Wait()
		assert.False(t, held)
		close(let)
		synctest.Wait()
		assert.True(t, held)
		assert.Empty(t, g.m)
	})
}

func TestGateUnderCancellation(t *testing.T) {
	g := new(gates)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*time.Microsecond)
				if i%3 == 0 {
					if err := take(ctx, g, nil, "a"); err == nil {
						g.leave("a")
					} else {
						assert.True(t, errors.Is(err, context.DeadlineExceeded))
					}
				} else if passed, _, _ := g.pass(ctx, new(settings), nil, "a", time.Duration(i%7)*time.Microsecond); passed {
					g.done("a")
				}
				cancel()
			}
		})
	}
	wg.Wait()
	assert.Empty(t, g.m)
	assert.Zero(t, g.active.Load())
}

// A gate that does not change hands is not waited for: whoever holds it may
// wait for the one who wants it. One that does is waited for however long it
// takes.
func TestGateHoldEndsWhereNothingMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(gates)
		require.NoError(t, take(t.Context(), g, nil, ""))
		start := time.Now()
		held, err := g.hold(t.Context(), new(settings), nil, "", time.Second, new(attempt), 0)
		require.NoError(t, err)
		assert.False(t, held)
		assert.Equal(t, time.Second, time.Since(start))

		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				held, err := g.hold(t.Context(), new(settings), nil, "", time.Second, new(attempt), 0)
				assert.NoError(t, err)
				assert.True(t, held)
				time.Sleep(900 * time.Millisecond)
				g.leave("")
			})
		}
		g.leave("")
		all.Wait()
		assert.Empty(t, g.m)
		assert.Zero(t, g.active.Load())
	})
}
