package outerhandle

import (
	"context"
	"sync"

	"audit"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

type service struct {
	repo  *signalkeys.Repo
	other *signalkeys.Repo
	log   *audit.Log
}

var shared *signalkeys.Repo

func (s *service) getRepo() *signalkeys.Repo { return s.repo }

func (s *service) fields(ctx context.Context, k signalkeys.SessionKey) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := s.repo.Sessions().Delete(ctx, k); err != nil { // want `s.repo.Sessions\(\).Delete uses the outer handle`
			return err
		}
		if err := s.other.Sessions().Delete(ctx, k); err != nil { // a second store
			return err
		}
		return s.getRepo().Sessions().Delete(ctx, k) // want `s.getRepo\(\).Sessions\(\).Delete uses the outer handle`
	})
}

func (s *service) alias(ctx context.Context, k signalkeys.SessionKey) error {
	r := s.repo
	sessions := r.Sessions()
	return s.getRepo().Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := sessions.Delete(ctx, k); err != nil { // want `sessions.Delete uses the outer handle`
			return err
		}
		return r.Sessions().Delete(ctx, k) // want `r.Sessions\(\).Delete uses the outer handle`
	})
}

func (s *service) methodValue(ctx context.Context, k signalkeys.SessionKey) error {
	drop, keep := s.repo.Sessions().Delete, s.other.Sessions().Delete
	return s.repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := keep(ctx, k); err != nil {
			return err
		}
		return drop(ctx, k) // want `drop uses the outer handle`
	})
}

func (s *service) shadow(ctx context.Context, k signalkeys.SessionKey) error {
	repo := s.repo
	return repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, repo *signalkeys.Tx) error {
		return repo.Sessions().Delete(ctx, k)
	})
}

func (s *service) drop(ctx context.Context, k signalkeys.SessionKey) error {
	return s.dropDeep(ctx, k, 3)
}

func (s *service) dropDeep(ctx context.Context, k signalkeys.SessionKey, n int) error {
	if n == 0 {
		return s.drop(ctx, k)
	}
	return s.repo.Sessions().Delete(ctx, k)
}

func dropWith(ctx context.Context, f signalkeys.Families, k signalkeys.SessionKey) error {
	_, _, err := f.Sessions().Get(ctx, k)
	return err
}

func (s *service) helpers(ctx context.Context, k signalkeys.SessionKey) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := s.drop(ctx, k); err != nil { // want `call uses the outer handle inside Transaction \(drop, which calls dropDeep, which calls s.repo.Sessions\(\).Delete\): pass tx to drop and use it there`
			return err
		}
		if err := dropWith(ctx, s.repo, k); err != nil { // want `dropWith, which calls f.Sessions\(\).Get`
			return err
		}
		if err := dropWith(ctx, s.other, k); err != nil {
			return err
		}
		return dropWith(ctx, tx, k)
	})
}

func (s *service) elsewhere(ctx context.Context, k signalkeys.SessionKey) error {
	return s.log.Repo().Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := s.log.Note(ctx, k); err != nil { // want `Note, which calls record, which calls r.Sessions\(\).Get`
			return err
		}
		if _, err := audit.Exists(ctx, s.log.Repo(), k); err != nil { // want `Exists, which calls f.Sessions\(\).Get`
			return err
		}
		_ = audit.Describe(s.log.Repo())
		_, err := audit.Exists(ctx, tx, k)
		return err
	})
}

func (s *service) wrapped(ctx context.Context, k signalkeys.SessionKey) error {
	return audit.InTx(ctx, s.repo, k, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := s.other.Sessions().Delete(ctx, k); err != nil {
			return err
		}
		return s.repo.Sessions().Delete(ctx, k) // want `s.repo.Sessions\(\).Delete uses the outer handle inside InTx`
	})
}

func (s *service) inTx(ctx context.Context, k signalkeys.SessionKey, fn func(context.Context, *signalkeys.Tx) error) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLock(k), fn)
}

func (s *service) ownWrapper(ctx context.Context, k signalkeys.SessionKey) error {
	return s.inTx(ctx, k, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Sessions().Delete(ctx, k); err != nil {
			return err
		}
		return s.inTx(ctx, k, func(ctx context.Context, tx *signalkeys.Tx) error { // want `inTx, which calls s.repo.Transaction`
			return nil
		})
	})
}

func (s *service) goroutines(ctx context.Context, k signalkeys.SessionKey) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = s.repo.Sessions().Delete(ctx, k) // want `goroutine uses the outer handle`
		})
		wg.Go(func() {
			_ = tx.Sessions().Delete(ctx, k)
		})
		go s.drop(ctx, k) // want `goroutine uses the outer handle inside Transaction \(drop, which calls dropDeep`
		wg.Wait()
		return nil
	})
}

func (s *service) callback(ctx context.Context, tx *signalkeys.Tx) error {
	k := signalkeys.SessionKey{}
	if err := tx.Sessions().Delete(ctx, k); err != nil {
		return err
	}
	return s.repo.Sessions().Delete(ctx, k) // want `s.repo.Sessions\(\).Delete uses the outer handle`
}

func (s *service) named(ctx context.Context, k signalkeys.SessionKey) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLock(k), s.callback)
}

func global(ctx context.Context, k signalkeys.SessionKey) error {
	return shared.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return touchShared(ctx, k) // want `touchShared, which calls shared.Sessions\(\).Delete`
	})
}

func touchShared(ctx context.Context, k signalkeys.SessionKey) error {
	return shared.Sessions().Delete(ctx, k)
}

func underneath(ctx context.Context, st *store.Store, k signalkeys.SessionKey) error {
	repo, err := signalkeys.Open(ctx, st)
	if err != nil {
		return err
	}
	svc := &service{repo: repo}
	return repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if _, err := st.Has(ctx, "session", "x"); err != nil { // want `st.Has uses the outer handle`
			return err
		}
		if _, err := st.Namespace("audit").Has(ctx, "session", "x"); err != nil { // another namespace
			return err
		}
		return svc.repo.Sessions().Delete(ctx, k) // want `svc.repo.Sessions\(\).Delete uses the outer handle`
	})
}

func namespaces(ctx context.Context, st *store.Store) error {
	return st.Namespace("a").View(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := st.Namespace("b").Has(ctx, "session", "x"); err != nil {
			return err
		}
		_, err := st.Namespace("a").Has(ctx, "session", "x") // want `uses the outer handle`
		return err
	})
}

func many(ctx context.Context, stores []*store.Store) error {
	for i, st := range stores {
		err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
			if _, err := stores[(i+1)%len(stores)].Has(ctx, "session", "x"); err != nil { // perhaps another one
				return err
			}
			_, err := st.Has(ctx, "session", "x") // want `st.Has uses the outer handle`
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func hooks(ctx context.Context, st *store.Store, k string) ([]func() error, error) {
	var later []func() error
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		later = later[:0]
		later = append(later, func() error { // runs when the view is over
			_, err := st.Has(ctx, "session", k)
			return err
		})
		return nil
	})
	return later, err
}
