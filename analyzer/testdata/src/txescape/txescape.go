package txescape

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/keyfam/keyfam/analyzer/testdata/src/keeper"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

type service struct {
	repo *signalkeys.Repo
	tx   *signalkeys.Tx
	rec  family.Secret
}

var last *signalkeys.Tx

func inTx(ctx context.Context, repo *signalkeys.Repo, fn func(ctx context.Context, tx *signalkeys.Tx) error) error {
	return repo.Transaction(ctx, nil, fn)
}

func (s *service) stores(ctx context.Context, k signalkeys.SessionID) error {
	var outer *signalkeys.Tx
	var sessions signalkeys.SessionRepo
	var list []*signalkeys.Tx
	byName := map[string]*signalkeys.Tx{}
	var run func() error
	err := s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		outer = tx               // want `tx is stored in outer, which outlives the callback of Transaction: keep what was read from it, not the handle`
		s.tx = tx                // want `tx is stored in s.tx, which outlives`
		last = tx                // want `tx is stored in last, which outlives`
		sessions = tx.Sessions() // want `a value made from tx is stored in sessions`
		list = append(list, tx)  // want `a value made from tx is stored in list`
		byName["x"] = tx         // want `tx is stored in byName`
		run = func() error {     // want `a value made from tx is stored in run`
			return tx.Sessions().Delete(ctx, k)
		}
		rec, _, err := tx.Sessions().Get(ctx, k)
		s.rec = rec // what was read may be kept
		return err
	})
	if outer != nil && len(list) > 0 && len(byName) > 0 {
		return errors.Join(sessions.Delete(ctx, k), run())
	}
	return err
}

func locals(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		mine := tx
		svc := &service{repo: repo, tx: mine}
		all := []*signalkeys.Tx{tx}
		byName := map[string]*signalkeys.Tx{"x": tx}
		drop := func() error { return svc.tx.Sessions().Delete(ctx, k) }
		ch := make(chan *signalkeys.Tx, 1)
		ch <- tx
		_, _, _ = all, byName, <-ch
		return drop()
	})
}

func returns(ctx context.Context, st *store.Store) error {
	tx, err := store.TransactionValue(ctx, st, "a", func(ctx context.Context, tx *store.Tx) (*store.Tx, error) {
		return tx, nil // want `tx is returned: it is dead when the callback of TransactionValue returns; return what was read from it`
	})
	_ = tx
	if err != nil {
		return err
	}
	_, err = store.TransactionValue(ctx, st, "a", func(ctx context.Context, tx *store.Tx) ([]byte, error) {
		v, _, err := tx.Get(ctx, "session", "a")
		return v, err
	})
	return err
}

func sequences(ctx context.Context, repo *signalkeys.Repo) error {
	var n int
	var all func(func(signalkeys.SessionEntry, error) bool)
	err := repo.View(ctx, func(ctx context.Context, tx *signalkeys.ReadTx) error {
		n = 0
		for _, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			n++
		}
		all = tx.Sessions().All(ctx) // want `a value made from tx is stored in all`
		return nil
	})
	_ = all
	return err
}

func sends(ctx context.Context, repo *signalkeys.Repo, ch chan *signalkeys.Tx, values chan family.Secret) error {
	return inTx(ctx, repo, func(ctx context.Context, tx *signalkeys.Tx) error {
		rec, _, err := tx.Sessions().Get(ctx, signalkeys.SessionID{})
		if err != nil {
			return err
		}
		values <- rec
		select {
		case ch <- tx: // want `tx is sent on a channel`
		default:
		}
		ch <- tx // want `tx is sent on a channel: it is dead when the callback of inTx returns; send what was read from it`
		return nil
	})
}

func goroutines(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	var late sync.WaitGroup
	defer late.Wait()
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		go func() { // want `a value made from tx is used in a goroutine that may outlive the callback of Transaction`
			_ = tx.Sessions().Delete(ctx, k)
		}()
		late.Go(func() { // want `used in a goroutine`
			_ = tx.Sessions().Delete(ctx, k)
		})
		time.AfterFunc(time.Second, func() { // want `used in a goroutine`
			_ = tx.Sessions().Delete(ctx, k)
		})
		go work(tx) // want `tx is used in a goroutine`
		go work(nil)
		return nil
	})
}

func waited(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		var wg sync.WaitGroup
		for range 3 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_ = tx.Sessions().Delete(ctx, k)
			}()
		}
		wg.Wait()
		done := make(chan error)
		go func() { done <- tx.Sessions().Delete(ctx, k) }()
		return <-done
	})
}

func work(tx *signalkeys.Tx) { _ = tx }

func remember(tx *signalkeys.Tx) { last = tx }

func (s *service) attach(tx *signalkeys.Tx) *service { s.tx = tx; return s }

func helpers(ctx context.Context, s *service, cache *keeper.Cache, all *sync.Map) error {
	var kept *keeper.Cache
	err := s.repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		work(tx)
		remember(tx) // want `tx \(through remember\) is stored in last`
		s.attach(tx) // want `tx \(through attach\) is stored in s`
		new(service).attach(tx)
		cache.Use(tx)
		cache.Keep(tx)         // want `tx \(through Keep\) is stored in cache`
		all.Store("x", tx)     // want `tx is stored in all`
		kept = keeper.New(tx)  // want `a value made from tx is stored in kept`
		mine := keeper.New(tx) // only here
		mine.Use(tx)
		//famvet:ignore txescape the test reads ErrTxDone from it
		s.tx = tx
		return nil
	})
	_ = kept
	return err
}

func usedInside(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	var sessions, again, third signalkeys.SessionRepo // declared outside, read only behind a store of the same callback
	err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		third = tx.Sessions()
		sessions, again = tx.Sessions(), tx.Sessions() // want `a value made from tx is stored in again`
		return sessions.Delete(ctx, k)
	})
	if err != nil {
		return err
	}
	third = repo.Sessions() // the handle's is gone before anything reads it
	later := func() error { return third.Delete(ctx, k) }
	if err := later(); err != nil {
		return err
	}
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		sessions = tx.Sessions()
		if err := sessions.Delete(ctx, k); err != nil {
			return err
		}
		return again.Delete(ctx, k)
	})
}

// each runs of inside a transaction of its own and is done with what it returns when the transaction ends.
func each(ctx context.Context, repo *signalkeys.Repo, of func(tx *signalkeys.Tx) signalkeys.SessionRepo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		_, _, err := of(tx).Get(ctx, k)
		return err
	})
}

func throughEach(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return each(ctx, repo, func(tx *signalkeys.Tx) signalkeys.SessionRepo { return tx.Sessions() }, k)
}
