package outerhandle

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

func direct(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		rec, ok, err := repo.Sessions().Get(ctx, k) // want `repo.Sessions\(\).Get uses the outer handle inside Transaction and goes around the transaction: use tx instead`
		if err != nil || !ok {
			return err
		}
		rec, ok, err = tx.Sessions().Get(ctx, k)
		if err != nil || !ok {
			return err
		}
		return repo.Sessions().Put(ctx, k, rec) // want `repo.Sessions\(\).Put uses the outer handle`
	})
}

func untyped(ctx context.Context, st *store.Store) error {
	err := st.Transaction(ctx, "alice", func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := st.Get(ctx, "session", "alice.0"); err != nil { // want `st.Get uses the outer handle`
			return err
		}
		_ = st.InTransaction(ctx) // asks nothing of the store
		_, _, err := tx.Get(ctx, "session", "alice.0")
		return err
	})
	if err != nil {
		return err
	}
	_, _, err = st.Get(ctx, "session", "alice.0")
	return err
}

func value(ctx context.Context, st *store.Store) (int, error) {
	return store.TransactionValue(ctx, st, "alice", func(ctx context.Context, tx *store.Tx) (int, error) {
		m, err := st.GetMany(ctx, "session", "a", "b") // want `st.GetMany uses the outer handle inside TransactionValue`
		if err != nil {
			return 0, err
		}
		more, err := tx.GetMany(ctx, "session", "c")
		return len(m) + len(more), err
	})
}

func view(ctx context.Context, repo *signalkeys.Repo) error {
	return repo.View(ctx, func(ctx context.Context, tx *signalkeys.ReadTx) error {
		n, err := repo.PreKeys().Count(ctx) // want `repo.PreKeys\(\).Count uses the outer handle inside View`
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.PreKeys().Count(ctx)
		return err
	})
}

func nested(ctx context.Context, repo *signalkeys.Repo, a, b signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(a), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Transaction(ctx, signalkeys.SessionLabel(b), func(ctx context.Context, tx2 *signalkeys.Tx) error {
			return tx.Sessions().Delete(ctx, a) // the same transaction: it joined
		}); err != nil {
			return err
		}
		return repo.Transaction(ctx, signalkeys.SessionLabel(b), func(ctx context.Context, inner *signalkeys.Tx) error { // want `repo.Transaction opens a second transaction on the outer handle inside Transaction: use tx`
			return inner.Sessions().Delete(ctx, b)
		})
	})
}

func scans(ctx context.Context, repo *signalkeys.Repo) error {
	return repo.View(ctx, func(ctx context.Context, tx *signalkeys.ReadTx) error {
		for _, err := range repo.Sessions().All(ctx) { // want `repo.Sessions\(\).All uses the outer handle`
			if err != nil {
				return err
			}
		}
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			if _, _, err := repo.Sessions().Get(ctx, e.ID); err != nil { // want `repo.Sessions\(\).Get uses the outer handle`
				return err
			}
		}
		return nil
	})
}

func sequence(ctx context.Context, repo *signalkeys.Repo) error {
	all := repo.Sessions().All(ctx)
	return repo.View(ctx, func(ctx context.Context, tx *signalkeys.ReadTx) error {
		for _, err := range all { // want `uses the outer handle`
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func unnamed(ctx context.Context, st *store.Store) error {
	return st.View(ctx, func(ctx context.Context, _ *store.Tx) error {
		_, err := st.Has(ctx, "session", "x") // want `give the parameter a name`
		return err
	})
}

func marked(ctx context.Context, st *store.Store) error {
	return st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		//famvet:ignore outerhandle counts what others see, not what this one wrote
		if _, err := st.Has(ctx, "session", "x"); err != nil {
			return err
		}
		//famvet:ignore outerhandle // want `this marker gives no reason`
		_, err := st.Has(ctx, "session", "x") // want `st.Has uses the outer handle`
		return err
	})
}

func withOptions(ctx context.Context, st *store.Store, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	err := st.TransactionWith(ctx, store.TxOptions{MaxAttempts: 3}, func(ctx context.Context, tx *store.Tx) error {
		return st.Set(ctx, nil) // want `st.Set uses the outer handle inside TransactionWith`
	})
	if err != nil {
		return err
	}
	return repo.TransactionWith(ctx, family.TxOptions{LabelWait: 1}, func(ctx context.Context, tx *signalkeys.Tx) error {
		if repo.InTransaction(ctx) {
			return nil
		}
		return repo.Sessions().Delete(ctx, k) // want `repo.Sessions\(\).Delete uses the outer handle inside TransactionWith`
	})
}
