package outerhandle

import (
	"context"
	"sync"

	"github.com/keyfam/keyfam/analyzer/testdata/src/audit"

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

func (s *service) fields(ctx context.Context, k signalkeys.SessionID) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := s.repo.Sessions().Delete(ctx, k); err != nil { // want `s.repo.Sessions\(\).Delete uses the outer handle`
			return err
		}
		if err := s.other.Sessions().Delete(ctx, k); err != nil { // a second store
			return err
		}
		return s.getRepo().Sessions().Delete(ctx, k) // want `s.getRepo\(\).Sessions\(\).Delete uses the outer handle`
	})
}

func (s *service) alias(ctx context.Context, k signalkeys.SessionID) error {
	r := s.repo
	sessions := r.Sessions()
	return s.getRepo().Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := sessions.Delete(ctx, k); err != nil { // want `sessions.Delete uses the outer handle`
			return err
		}
		return r.Sessions().Delete(ctx, k) // want `r.Sessions\(\).Delete uses the outer handle`
	})
}

func (s *service) methodValue(ctx context.Context, k signalkeys.SessionID) error {
	drop, keep := s.repo.Sessions().Delete, s.other.Sessions().Delete
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := keep(ctx, k); err != nil {
			return err
		}
		return drop(ctx, k) // want `drop uses the outer handle`
	})
}

func (s *service) shadow(ctx context.Context, k signalkeys.SessionID) error {
	repo := s.repo
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, repo *signalkeys.Tx) error {
		return repo.Sessions().Delete(ctx, k)
	})
}

func (s *service) drop(ctx context.Context, k signalkeys.SessionID) error {
	return s.dropDeep(ctx, k, 3)
}

func (s *service) dropDeep(ctx context.Context, k signalkeys.SessionID, n int) error {
	if n == 0 {
		return s.drop(ctx, k)
	}
	return s.repo.Sessions().Delete(ctx, k)
}

func dropWith(ctx context.Context, f signalkeys.Families, k signalkeys.SessionID) error {
	_, _, err := f.Sessions().Get(ctx, k)
	return err
}

func (s *service) helpers(ctx context.Context, k signalkeys.SessionID) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
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

func (s *service) elsewhere(ctx context.Context, k signalkeys.SessionID) error {
	return s.log.Repo().Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
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

func (s *service) wrapped(ctx context.Context, k signalkeys.SessionID) error {
	return audit.InTx(ctx, s.repo, k, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := s.other.Sessions().Delete(ctx, k); err != nil {
			return err
		}
		return s.repo.Sessions().Delete(ctx, k) // want `s.repo.Sessions\(\).Delete uses the outer handle inside InTx`
	})
}

func (s *service) inTx(ctx context.Context, k signalkeys.SessionID, fn func(context.Context, *signalkeys.Tx) error) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), fn)
}

func (s *service) ownWrapper(ctx context.Context, k signalkeys.SessionID) error {
	return s.inTx(ctx, k, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Sessions().Delete(ctx, k); err != nil {
			return err
		}
		return s.inTx(ctx, k, func(ctx context.Context, tx *signalkeys.Tx) error { // want `inTx, which calls s.repo.Transaction`
			return nil
		})
	})
}

func (s *service) goroutines(ctx context.Context, k signalkeys.SessionID) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
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
	k := signalkeys.SessionID{}
	if err := tx.Sessions().Delete(ctx, k); err != nil {
		return err
	}
	return s.repo.Sessions().Delete(ctx, k) // want `s.repo.Sessions\(\).Delete uses the outer handle`
}

func (s *service) named(ctx context.Context, k signalkeys.SessionID) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), s.callback)
}

func global(ctx context.Context, k signalkeys.SessionID) error {
	return shared.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return touchShared(ctx, k) // want `touchShared, which calls shared.Sessions\(\).Delete`
	})
}

func touchShared(ctx context.Context, k signalkeys.SessionID) error {
	return shared.Sessions().Delete(ctx, k)
}

func underneath(ctx context.Context, st *store.Store, k signalkeys.SessionID) error {
	repo, err := signalkeys.Open(ctx, st)
	if err != nil {
		return err
	}
	svc := &service{repo: repo}
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
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

func with(ctx context.Context, f signalkeys.Families, fn func(context.Context, *signalkeys.Tx) error) error {
	return f.Transaction(ctx, signalkeys.SessionLabel(signalkeys.SessionID{}), func(ctx context.Context, tx *signalkeys.Tx) error {
		return fn(ctx, tx)
	})
}

func touch(ctx context.Context, w signalkeys.PreKeyRepo) error {
	return w.Update(ctx, 1, func(v signalkeys.KeyPair, ok bool) (signalkeys.KeyPair, error) { return v, nil })
}

func (s *service) wrapsJoin(ctx context.Context, k signalkeys.SessionID) error {
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := with(ctx, tx, func(ctx context.Context, in *signalkeys.Tx) error {
			if err := tx.PreKeys().Delete(ctx, 1); err != nil { // the same transaction
				return err
			}
			return s.repo.PreKeys().Delete(ctx, 2) // want `s.repo.PreKeys\(\).Delete uses the outer handle inside Transaction`
		}); err != nil {
			return err
		}
		if err := with(ctx, s.other, func(ctx context.Context, in *signalkeys.Tx) error {
			return s.other.PreKeys().Delete(ctx, 2) // want `s.other.PreKeys\(\).Delete uses the outer handle inside with`
		}); err != nil {
			return err
		}
		return touch(ctx, tx.PreKeys())
	})
}

func (s *service) early(ctx context.Context, tx *signalkeys.Tx) error {
	return tx.PreKeys().Update(ctx, 1, func(v signalkeys.KeyPair, ok bool) (signalkeys.KeyPair, error) {
		v, _, err := tx.PreKeys().Get(ctx, 2)
		return v, err
	})
}

// joinsParam is given the handle by a caller that this package does not know.
func joinsParam(ctx context.Context, tx *signalkeys.Tx, st *store.Tx, k signalkeys.SessionID) error {
	if err := tx.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, in *signalkeys.Tx) error {
		return tx.PreKeys().Delete(ctx, 1)
	}); err != nil {
		return err
	}
	return st.Transaction(ctx, "k", func(ctx context.Context, in *store.Tx) error {
		_, err := st.Has(ctx, "session", "x")
		return err
	})
}

// joinsEither may be given a Repo.
func joinsEither(ctx context.Context, f signalkeys.Families, k signalkeys.SessionID) error {
	return f.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return f.PreKeys().Delete(ctx, 1) // want `f.PreKeys\(\).Delete uses the outer handle`
	})
}

func (s *service) updates(ctx context.Context, k signalkeys.SessionID) error {
	keys := s.repo.PreKeys()
	if err := keys.Update(ctx, 1, func(v signalkeys.KeyPair, ok bool) (signalkeys.KeyPair, error) {
		if err := s.other.Sessions().Delete(ctx, k); err != nil {
			return v, err
		}
		return v, s.repo.Sessions().Delete(ctx, k) // want `s.repo.Sessions\(\).Delete goes around the transaction of Update, whose callback has no handle: open a Transaction and call both on its tx`
	}); err != nil {
		return err
	}
	if err := s.repo.PreKeys().Update(ctx, 1, func(v signalkeys.KeyPair, ok bool) (signalkeys.KeyPair, error) {
		return v, s.drop(ctx, k) // want `drop, which calls dropDeep, which calls s.repo.Sessions\(\).Delete, goes around the transaction of Update`
	}); err != nil {
		return err
	}
	return s.repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.PreKeys().Update(ctx, 1, func(v signalkeys.KeyPair, ok bool) (signalkeys.KeyPair, error) {
			v, _, err := tx.PreKeys().Get(ctx, 2) // the same transaction
			return v, err
		}); err != nil {
			return err
		}
		return s.repo.PreKeys().Update(ctx, 1, func(v signalkeys.KeyPair, ok bool) (signalkeys.KeyPair, error) { // want `s.repo.PreKeys\(\).Update opens a second transaction on the outer handle inside Transaction: use tx`
			return v, nil
		})
	})
}

func literals(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	drop := func(ctx context.Context) error { return repo.Sessions().Delete(ctx, k) }
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return drop(ctx) // want `call uses the outer handle inside Transaction \(drop, which calls repo.Sessions\(\).Delete\): pass tx to drop and use it there`
	})
}

type svc struct {
	r    *signalkeys.Repo
	deep *svc
}

func (s svc) del(ctx context.Context) error { return s.r.PreKeys().Delete(ctx, 1) }

func (s *svc) delDeep(ctx context.Context) error { return s.deep.r.PreKeys().Delete(ctx, 1) }

func (s *svc) in(ctx context.Context, fn func(context.Context, *signalkeys.Tx) error) error {
	return s.r.Transaction(ctx, signalkeys.SessionLabel(signalkeys.SessionID{}), fn)
}

func composed(ctx context.Context, repo, other *signalkeys.Repo, k signalkeys.SessionID) error {
	s, o, both := svc{r: repo}, svc{r: other}, svc{r: repo}
	both.r = other
	if err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := o.del(ctx); err != nil { // a second store
			return err
		}
		if err := both.del(ctx); err != nil { // perhaps one
			return err
		}
		if err := (&svc{deep: &svc{r: other}, r: repo}).delDeep(ctx); err != nil {
			return err
		}
		if err := (&svc{deep: &svc{r: repo}}).delDeep(ctx); err != nil { // want `delDeep, which calls s.deep.r.PreKeys\(\).Delete`
			return err
		}
		if err := (&audit.Service{Repo: other}).Deep(ctx, k); err != nil {
			return err
		}
		if err := (&audit.Service{Repo: repo}).Deep(ctx, k); err != nil { // want `Deep, which calls record, which calls r.Sessions\(\).Get`
			return err
		}
		return s.del(ctx) // want `call uses the outer handle inside Transaction \(del, which calls s.r.PreKeys\(\).Delete\): pass tx to del and use it there`
	}); err != nil {
		return err
	}
	return s.in(ctx, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := other.PreKeys().Delete(ctx, 1); err != nil {
			return err
		}
		return repo.PreKeys().Delete(ctx, 1) // want `repo.PreKeys\(\).Delete uses the outer handle inside in`
	})
}
