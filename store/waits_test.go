package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// bubble runs a test on a store of defaults, in virtual time.
func bubble(t *testing.T, o *store.Options, test func(t *testing.T, st *store.Store)) {
	synctest.Test(t, func(t *testing.T) {
		st, err := store.New(t.Context(), memstore.NewDriver(), o)
		require.NoError(t, err)
		defer st.Close()
		test(t, st)
	})
}

func set(ctx context.Context, h store.Handle, id, value string) error {
	return h.Set(ctx, new(store.DataSet).Put("f", id, []byte(value)))
}

// count reads a record and writes it again.
func count(ctx context.Context, h store.Handle, id string) error {
	value, _, err := h.Get(ctx, "f", id)
	if err != nil {
		return err
	}
	return set(ctx, h, id, string(value)+"+")
}

// A callback that waits for a commit outside of it, which changes what it has
// read, can never commit: it ends soon, and says why.
func TestCallbackThatWaitsForItself(t *testing.T) {
	outside := map[string]func(ctx context.Context, st *store.Store) error{
		"set": func(ctx context.Context, st *store.Store) error { return set(ctx, st, "n", "1") },
		"transaction": func(ctx context.Context, st *store.Store) error {
			return st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error { return count(ctx, tx, "n") })
		},
		"set on a goroutine": func(ctx context.Context, st *store.Store) error {
			done := make(chan error)
			go func() { done <- set(ctx, st, "n", "1") }()
			return <-done
		},
		"set of what was scanned": func(ctx context.Context, st *store.Store) error { return set(ctx, st, "new", "1") },
	}
	for name, commit := range outside {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, st *store.Store) {
				start, runs := time.Now(), 0
				err := st.Transaction(t.Context(), "k", func(ctx context.Context, tx *store.Tx) error {
					runs++
					//famvet:ignore scanerr the test is about something else than the error
					for range tx.Scan(ctx, "f", "") {
						continue
					}
					_ = count(ctx, tx, "n")
					return commit(t.Context(), st)
				})
				assert.ErrorIs(t, err, store.ErrConflict)
				assert.ErrorContains(t, err, "its callback waits for commits outside of it")
				assert.LessOrEqual(t, runs, 4)
				assert.Less(t, time.Since(start), 10*time.Second)
			})
		})
	}
}

// An honest callback that is slower than GateWait commits beside a loop of
// Sets.
func TestSlowCallbackCommits(t *testing.T) {
	for _, takes := range []time.Duration{900 * time.Millisecond, 1500 * time.Millisecond, 10 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, st *store.Store) {
				ctx, stop := context.WithCancel(t.Context())
				var loops sync.WaitGroup
				for range 2 {
					loops.Go(func() {
						for i := 0; ctx.Err() == nil; i++ {
							_ = set(ctx, st, "n", strconv.Itoa(i))
							time.Sleep(time.Millisecond)
						}
					})
				}
				for range 3 {
					runs := 0
					assert.NoError(t, st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
						runs++
						err := count(ctx, tx, "n")
						time.Sleep(takes)
						return err
					}))
					assert.LessOrEqual(t, runs, 4)
				}
				stop()
				loops.Wait()
			})
		})
	}
}

// Commits of another process never end a transaction early, also while commits
// of this one, of other records, wait the gate out.
func TestOtherProcessesDoNotEndATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := memstore.NewDriver()
		st, err := store.New(t.Context(), d, nil)
		require.NoError(t, err)
		defer st.Close()
		runs := 0
		assert.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
			err := count(ctx, tx, "n")
			//famvet:ignore rerun how often and when it runs is what is tested
			if runs++; runs <= 10 {
				foreign := &driver.Commit{Stamp: driver.Version(runs), Writes: []driver.Write{{Key: driver.Key{Family: "f", ID: "n"}}}}
				require.NoError(t, d.Commit(ctx, "", foreign))
				//famvet:ignore outerhandle going around the transaction is what is tested
				require.NoError(t, set(t.Context(), st, "other", "1"))
			}
			return err
		}))
		assert.Equal(t, 11, runs)
	})
}

func TestLabelWaitSaysWhatItWaitsFor(t *testing.T) {
	bubble(t, &store.Options{LabelWait: 5 * time.Second}, func(t *testing.T, st *store.Store) {
		nothing := func(context.Context, *store.Tx) error { return nil }
		err := st.Transaction(t.Context(), "k", func(ctx context.Context, tx *store.Tx) error {
			short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			//famvet:ignore outerhandle going around the transaction is what is tested
			err := st.Transaction(short, "k", nothing)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.EqualError(t, err, "store: transaction: context deadline exceeded: waiting for a label for 2s")
			//famvet:ignore outerhandle going around the transaction is what is tested
			err = st.Transaction(t.Context(), "k", nothing)
			assert.ErrorIs(t, err, store.ErrConflict)
			assert.ErrorContains(t, err, "waiting for a label for 5s")
			//famvet:ignore outerhandle going around the transaction is what is tested
			err = st.Transaction(t.Context(), "a", func(ctx context.Context, in *store.Tx) error { return in.Transaction(ctx, "k", nothing) })
			assert.ErrorContains(t, err, "waiting for a label for 5s")
			return nil
		})
		assert.NoError(t, err)
		assert.NoError(t, st.Transaction(t.Context(), "k", nothing))
	})
}

// Whoever holds the gate and nests a label whose holder waits at the gate
// gives both up; both commit.
func TestNestedLabelWhileTheGateIsHeld(t *testing.T) {
	bubble(t, nil, func(t *testing.T, st *store.Store) {
		runs, done := 0, make(chan error, 1)
		assert.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
			if err := count(ctx, tx, "n"); err != nil {
				return err
			}
			//famvet:ignore rerun how often and when it runs is what is tested
			switch runs++; runs {
			case 1, 2:
				//famvet:ignore outerhandle going around the transaction is what is tested
				return set(t.Context(), st, "n", "0")
			case 3:
				go func() {
					//famvet:ignore outerhandle,rerun going around the transaction is what is tested
					done <- st.Transaction(t.Context(), "a", func(ctx context.Context, in *store.Tx) error { return count(ctx, in, "m") })
				}()
				synctest.Wait()
			}
			return tx.Transaction(ctx, "a", func(ctx context.Context, in *store.Tx) error { return count(ctx, in, "m") })
		}))
		assert.NoError(t, <-done)
		value, _, err := st.Get(t.Context(), "f", "m")
		assert.NoError(t, err)
		assert.Equal(t, "++", string(value))
	})
}

// Close wakes whoever waits for the gate or a label.
func TestCloseWakesWaiters(t *testing.T) {
	bubble(t, &store.Options{GateWait: time.Hour}, func(t *testing.T, st *store.Store) {
		runs, woken := 0, make(chan error, 3)
		err := st.Transaction(t.Context(), "k", func(ctx context.Context, tx *store.Tx) error {
			if runs++; runs <= 2 {
				//famvet:ignore outerhandle going around the transaction is what is tested
				return errors.Join(count(ctx, tx, "n"), set(t.Context(), st, "n", strconv.Itoa(runs)))
			}
			//famvet:ignore outerhandle,rerun going around the transaction is what is tested
			go func() { woken <- set(t.Context(), st, "n", "x") }()
			go func() {
				//famvet:ignore outerhandle,rerun going around the transaction is what is tested
				woken <- st.Transaction(t.Context(), "k", func(context.Context, *store.Tx) error { return nil })
			}()
			synctest.Wait()
			//famvet:ignore outerhandle going around the transaction is what is tested
			assert.NoError(t, st.Close())
			return count(ctx, tx, "n")
		})
		assert.ErrorIs(t, err, store.ErrClosed)
		for range 2 {
			assert.ErrorIs(t, <-woken, store.ErrClosed)
		}
	})
}

// The error of a transaction that gives up names the family that others
// change.
func TestConflictNamesTheFamily(t *testing.T) {
	for _, scan := range []bool{false, true} {
		bubble(t, &store.Options{MaxAttempts: 2}, func(t *testing.T, st *store.Store) {
			runs := 0
			err := st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
				runs++
				_, _, err := tx.Get(ctx, "quiet", "x")
				//famvet:ignore scanerr the test is about something else than the error
				for range tx.Scan(ctx, "quiet", "") {
					continue
				}
				if scan {
					//famvet:ignore scanerr the test is about something else than the error
					for range tx.Scan(ctx, "busy", "") {
						continue
					}
				} else {
					_, _, err = tx.Get(ctx, "busy", "x")
				}
				//famvet:ignore outerhandle going around the transaction is what is tested
				_ = st.Set(t.Context(), new(store.DataSet).Put("busy", "x", nil).Put("unread", "x", nil))
				return errors.Join(err, tx.Set(ctx, new(store.DataSet).Put("quiet", "y", nil)))
			})
			assert.ErrorIs(t, err, store.ErrConflict)
			assert.EqualError(t, err, "store: transaction busy: conflict with other commits")
		})
	}
}
