package family

import (
	"bytes"
	"context"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// rows is a family with an inverse as plain rows: for id→v there is
// v+suffix→id.
type rows struct {
	family string
	suffix string
}

func rowsOf[I ID, V any](f *Family[I, V]) rows { return rows{f.Name, f.Inverse} }

// put writes id→v and v's reverse row, and removes the reverse row of id's old
// value if it still names id. Another record that has the value v stays: the
// last Put owns the reverse row.
func (r rows) put(id, v string) step {
	return func(ctx context.Context, tx *store.Tx) error {
		var ds store.DataSet
		if err := r.forget(ctx, tx, &ds, id); err != nil {
			return err
		}
		ds.Put(r.family, id, []byte(v)).Put(r.family, v+r.suffix, []byte(id))
		return tx.Set(ctx, &ds)
	}
}

// delete removes id and the reverse row of its value if that names id.
func (r rows) delete(id string) step {
	return func(ctx context.Context, tx *store.Tx) error {
		var ds store.DataSet
		if err := r.forget(ctx, tx, &ds, id); err != nil {
			return err
		}
		return tx.Set(ctx, ds.Delete(r.family, id))
	}
}

// forget adds the removal of the reverse row of id's value if that names id.
func (r rows) forget(ctx context.Context, tx *store.Tx, ds *store.DataSet, id string) error {
	old, ok, err := tx.Get(ctx, r.family, id)
	if err != nil || !ok {
		return err
	}
	reverse := string(old) + r.suffix
	owner, ok, err := tx.Get(ctx, r.family, reverse)
	if err == nil && ok && string(owner) == id {
		ds.Delete(r.family, reverse)
	}
	return err
}

// maxMoves is how often ByValue follows a value that other commits move from id
// to id, before it asks in a transaction, which they wait for.
const maxMoves = 3

// ByValue returns the id whose value is v. If several records have that value
// it is the one that was put last; if that record has another value by now, or
// is gone, there is none. Both rows are of one point in time.
func ByValue[I ID, V any](ctx context.Context, r Reader[I, V], v V) (id I, ok bool, err error) {
	value, err := r.family.Marshal(v)
	if err != nil {
		return id, false, fail("by value", r.family.Name, err)
	}
	owner, err := rowsOf(r.family).owner(ctx, r.handle, string(value))
	if err != nil || owner == nil {
		return id, false, err
	}
	if id, err = r.family.ParseID(string(owner)); err != nil {
		return id, false, fail("by value", r.family.Name, codec.BadStoredID(err))
	}
	return id, true, nil
}

// owner is the id that v leads back to, nil if there is none.
func (r rows) owner(ctx context.Context, h store.Handle, v string) (owner []byte, err error) {
	owner, moving, err := r.follow(ctx, h, v)
	if err != nil || !moving {
		return owner, err
	}
	err = h.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		owner, _, err = r.follow(ctx, tx, v)
		return err
	})
	return owner, err
}

// follow learns the id from one read of the reverse row and reads both rows in
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
