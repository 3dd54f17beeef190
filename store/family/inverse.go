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

func rowsOf[K Key, V any](f *Family[K, V]) rows { return rows{f.Name, f.Inverse} }

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

// maxMoves is how often ByValue follows a value that other commits move from key
// to key, before it asks in a transaction, which they wait for.
const maxMoves = 3

// ByValue returns the key whose value is v. If several keys have that value it
// is the one that was put last; if that one has another value by now, or is
// gone, there is none. Both rows are of one point in time.
func ByValue[K Key, V any](ctx context.Context, r Reader[K, V], v V) (k K, ok bool, err error) {
	value, err := r.family.Marshal(v)
	if err != nil {
		return k, false, fail("by value", r.family.Name, err)
	}
	owner, err := rowsOf(r.family).owner(ctx, r.handle, string(value))
	if err != nil || owner == nil {
		return k, false, err
	}
	if k, err = r.family.ParseKey(string(owner)); err != nil {
		return k, false, fail("by value", r.family.Name, notAKey(err))
	}
	return k, true, nil
}

// owner is the key that v leads back to, nil if there is none.
func (r rows) owner(ctx context.Context, h store.Handle, v string) (owner []byte, err error) {
	owner, moving, err := r.follow(ctx, h, v)
	if err != nil || !moving {
		return owner, err
	}
	err = h.TransactionKeys(ctx, nil, func(ctx context.Context, tx *store.Tx) error {
		owner, _, err = r.follow(ctx, tx, v)
		return err
	})
	return owner, err
}

// follow learns the key from one read of the reverse row and reads both rows in
// the next, which counts if the reverse row is still the same.
func (r rows) follow(ctx context.Context, h store.Handle, v string) (owner []byte, moving bool, err error) {
	reverse := v + r.suffix
	owner, ok, err := h.Get(ctx, r.family, reverse)
	if err != nil || !ok {
		return nil, false, err
	}
	for range maxMoves {
		both, err := h.GetMany(ctx, r.family, reverse, string(owner))
		if err != nil {
			return nil, false, err
		}
		now, ok := both[reverse]
		switch forward, has := both[string(owner)]; {
		case !ok:
			return nil, false, nil
		case !bytes.Equal(now, owner):
			owner = now
		case has && string(forward) == v:
			return owner, false, nil
		default:
			return nil, false, nil
		}
	}
	return nil, true, nil
}
