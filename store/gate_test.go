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

func TestGateAdmitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(gates)
		require.NoError(t, g.hold(t.Context(), nil, "a"))
		var order []string
		commit := func(name string) {
			passed, err := g.pass(t.Context(), nil, "a", time.Hour)
			assert.NoError(t, err)
			order = append(order, name)
			if passed {
				g.done("a")
			}
		}
		hold := func(name string) {
			assert.NoError(t, g.hold(t.Context(), nil, "a"))
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
		passed, err := g.pass(t.Context(), nil, "b", time.Hour)
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
		require.NoError(t, g.hold(t.Context(), nil, ""))
		start := time.Now()
		passed, err := g.pass(t.Context(), nil, "", time.Second)
		assert.NoError(t, err)
		assert.False(t, passed)
		assert.Equal(t, time.Second, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = g.pass(ctx, nil, "", time.Second)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, g.hold(ctx, nil, ""), context.DeadlineExceeded)
		closed := make(chan struct{})
		close(closed)
		_, err = g.pass(t.Context(), closed, "", time.Second)
		assert.ErrorIs(t, err, ErrClosed)
		assert.ErrorIs(t, g.hold(t.Context(), closed, ""), ErrClosed)
		g.leave("")
		assert.Empty(t, g.m)
	})
}

// The next holder begins when the commits that were let in before it have ended.
func TestGateHolderWaitsForCommitsInFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(gates)
		require.NoError(t, g.hold(t.Context(), nil, ""))
		let := make(chan struct{})
		go func() {
			passed, _ := g.pass(t.Context(), nil, "", time.Hour)
			assert.True(t, passed)
			<-let
			g.done("")
		}()
		synctest.Wait()
		held := false
		go func() {
			assert.NoError(t, g.hold(t.Context(), nil, ""))
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
					if err := g.hold(ctx, nil, "a"); err == nil {
						g.leave("a")
					} else {
						assert.True(t, errors.Is(err, context.DeadlineExceeded))
					}
				} else if passed, _ := g.pass(ctx, nil, "a", time.Duration(i%7)*time.Microsecond); passed {
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
