package family

import (
	"bytes"
	"context"

	"github.com/keyfam/keyfam/store"
)

// rows is a family with an inverse as plain rows: for k→v there is v+suffix→k.
type rows struct {
	family string
	suffix string
}

func (f *Family[K, V]) rows() rows { return rows{f.Name, f.Inverse} }

// put writes k→v and v's reverse row, and removes the reverse row of k's old
// value if it still names k. Another key's row that names v stays: the last Put
// owns the reverse row.
func (r rows) put(k, v string) step {
	return func(ctx context.Context, tx *store.Tx) error {
		var ds store.DataSet
		if err := r.forget(ctx, tx, &ds, k); err != nil {
			return err
		}
		ds.Put(r.family, k, []byte(v)).Put(r.family, v+r.suffix, []byte(k))
		return tx.Set(ctx, &ds)
	}
}

// delete removes k and the reverse row of its value if that names k.
func (r rows) delete(k string) step {
	return func(ctx context.Context, tx *store.Tx) error {
		var ds store.DataSet
		if err := r.forget(ctx, tx, &ds, k); err != nil {
			return err
		}
		return tx.Set(ctx, ds.Delete(r.family, k))
	}
}

// forget adds the removal of the reverse row of k's value if that names k.
func (r rows) forget(ctx context.Context, tx *store.Tx, ds *store.DataSet, k string) error {
	old, ok, err := tx.Get(ctx, r.family, k)
	if err != nil || !ok {
		return err
	}
	reverse := string(old) + r.suffix
	owner, ok, err := tx.Get(ctx, r.family, reverse)
	if err == nil && ok && string(owner) == k {
		ds.Delete(r.family, reverse)
	}
	return err
}

// ByValue returns the key whose value is v. If several keys have that value it
// is the one that was put last; if that one has another value by now, or is
// gone, there is none.
func ByValue[K Key, V any](ctx context.Context, r Reader[K, V], v V) (k K, ok bool, err error) {
	value, err := r.family.Marshal(v)
	if err != nil {
		return k, false, r.family.fail("by value", err)
	}
	owner, ok, err := r.handle.Get(ctx, r.family.Name, string(value)+r.family.Inverse)
	if err != nil || !ok {
		return k, false, err
	}
	forward, ok, err := r.handle.Get(ctx, r.family.Name, string(owner))
	if err != nil || !ok || !bytes.Equal(forward, value) {
		return k, false, err
	}
	if k, err = r.family.ParseKey(string(owner)); err != nil {
		return k, false, r.family.fail("by value", notAKey(err))
	}
	return k, true, nil
}
