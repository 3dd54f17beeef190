package bench

import (
	"context"
	"path/filepath"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// ours is a keyfam store. The label of a transaction is the record's id, as
// users have it.
type ours struct{ st *store.Store }

const family = "session"

var ctx = context.Background()

func openPebblestore(dir string) (peer, error) {
	st, err := pebblestore.Open(ctx, filepath.Join(dir, "keyfam"), nil)
	if err != nil {
		return nil, err
	}
	return ours{st}, nil
}

func (o ours) load(ids []string, value func() []byte) error {
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		var ds store.DataSet
		for _, id := range ids[:n] {
			ds.Put(family, id, value())
		}
		if err := o.st.Set(ctx, &ds); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (o ours) get(id string) error {
	_, _, err := o.st.Get(ctx, family, id)
	return err
}

func (o ours) set(id string, value []byte) error {
	var ds store.DataSet
	return o.st.Set(ctx, ds.Put(family, id, value))
}

func (o ours) update(id string, value []byte) error {
	return o.st.Transaction(ctx, id, func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(ctx, family, id); err != nil {
			return err
		}
		var ds store.DataSet
		return tx.Set(ctx, ds.Put(family, id, value))
	})
}

func (o ours) close() error { return o.st.Close() }
