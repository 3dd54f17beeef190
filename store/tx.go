package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Tx is the handle that a transaction's callback gets, with the verbs of
// [Store]. It reads what the transaction wrote, repeats its reads, and shows
// nothing outside before the commit. Several goroutines may use it while the
// callback runs. After that it answers [ErrTxDone].
//
// When other commits have overtaken the transaction, calls may answer an
// internal error that says so. The callback may then return anything: it will
// run again.
type Tx struct {
	of    hidden.Pointer[attempt]
	level hidden.Pointer[scope]
	ended bool // of a nested handle, which ends before its attempt; guarded by attempt.mu
}

func newTx(a *attempt, s *scope) Tx { return Tx{of: hidden.To(a), level: hidden.To(s)} }

func (tx *Tx) attempt() *attempt { return tx.of.Get() }
func (tx *Tx) scope() *scope     { return tx.level.Get() }

// TxFunc is the callback of a transaction. It may run more than once, each
// time on fresh data and with a fresh handle. So it must not change anything
// outside that a second run would change again. Use its ctx inside; with it,
// the outer handle answers [ErrOuterHandle].
type TxFunc = func(ctx context.Context, tx *Tx) error

// InTransaction is [Store.InTransaction] of the transaction's store and
// namespace: true with the callback's ctx, until the callback ends.
func (tx *Tx) InTransaction(ctx context.Context) bool {
	return tx.attempt().store.InTransaction(ctx)
}

// Get returns the value of a record as the transaction sees it, and whether
// the record exists. Within one run the answer changes only when the
// transaction itself changes the record.
//
// Bytes: the caller may keep and change them.
func (tx *Tx) Get(ctx context.Context, family, id string) (value []byte, ok bool, err error) {
	ctx, op := tx.trace(ctx, OpTxGet, family, &err)
	defer op.end(&err)
	op.asked(1)
	value, kept, ok, err := tx.one(ctx, family, id)
	if err != nil {
		return nil, false, failFamily(ctx, "get", family, err)
	}
	if !ok {
		return nil, false, nil
	}
	op.found(len(value))
	return own(value, kept), true, nil
}

// Has reports whether a record exists as the transaction sees it.
func (tx *Tx) Has(ctx context.Context, family, id string) (ok bool, err error) {
	ctx, op := tx.trace(ctx, OpTxHas, family, &err)
	defer op.end(&err)
	op.asked(1)
	if _, _, ok, err = tx.one(ctx, family, id); ok {
		op.found(0)
	}
	return ok, failFamily(ctx, "has", family, err)
}

// one reads one record. If kept is true, the bytes are not the caller's.
func (tx *Tx) one(ctx context.Context, family, id string) (value []byte, kept, exists bool, err error) {
	if err := tx.begin(ctx, family); err != nil {
		return nil, false, false, err
	}
	a := tx.attempt()
	defer a.mu.Unlock()
	if err := a.store.settings().checkID(id); err != nil {
		return nil, false, false, err
	}
	if value, exists, known := a.known(driver.Key{Family: family, ID: id}); known {
		return value, true, exists, nil
	}
	r, err := a.read(ctx, family, []string{id})
	if err != nil {
		return nil, false, false, err
	}
	defer r.free()
	one := &r.records[0]
	return one.Value, a.keeps(one), one.Exists, nil
}

// GetMany returns the values of the ids that exist, as the transaction sees
// them; the map omits the others. What the transaction does not know yet is
// read in one backend call, at one point in time.
//
// Bytes: the caller may keep and change them.
func (tx *Tx) GetMany(ctx context.Context, family string, ids ...string) (found map[string][]byte, err error) {
	ctx, op := tx.trace(ctx, OpTxGetMany, family, &err)
	defer op.end(&err)
	op.asked(len(ids))
	found, err = tx.many(ctx, family, ids)
	op.foundAll(found)
	return found, failFamily(ctx, "get many", family, err)
}

func (tx *Tx) many(ctx context.Context, family string, ids []string) (map[string][]byte, error) {
	if err := tx.begin(ctx, family); err != nil {
		return nil, err
	}
	a := tx.attempt()
	defer a.mu.Unlock()
	if err := a.store.settings().checkIDs(ids); err != nil {
		return nil, err
	}
	found := make(map[string][]byte, len(ids))
	var unknown []string
	for _, id := range ids {
		value, exists, known := a.known(driver.Key{Family: family, ID: id})
		switch {
		case !known:
			unknown = append(unknown, id)
		case exists:
			found[id] = clone(value)
		}
	}
	if len(unknown) == 0 {
		return found, nil
	}
	r, err := a.read(ctx, family, unknown)
	if err != nil {
		return nil, err
	}
	defer r.free()
	for i, id := range unknown {
		if one := &r.records[i]; one.Exists {
			found[id] = own(one.Value, a.keeps(one))
		}
	}
	return found, nil
}

// Set adds the data set to the transaction's writes: all of it or, on an
// error, nothing. The writes reach the backend with the commit.
//
// Errors: those of [Store.Set]; [ErrReadOnly] inside a View.
func (tx *Tx) Set(ctx context.Context, ds *DataSet) (err error) {
	ctx, op := tx.trace(ctx, OpTxSet, "", &err)
	defer op.end(&err)
	op.set(ds)
	family, err := tx.setAll(ctx, ds)
	return fail("set", family, err)
}

func (tx *Tx) setAll(ctx context.Context, ds *DataSet) (family string, err error) {
	if err := tx.beginWrite(ctx); err != nil {
		return "", err
	}
	defer tx.attempt().mu.Unlock()
	if ds.Len() == 0 {
		return "", nil
	}
	if family, err := ds.check(ctx, &tx.attempt().store.settings().limits); err != nil {
		return family, err
	}
	for i, ws := 0, ds.writes(); i < len(ws); i++ {
		tx.attempt().writes.write(tx.scope(), &ws[i])
	}
	return "", nil
}

// Clear removes every record of the namespace, as the transaction sees it.
// Later writes of the transaction stay.
func (tx *Tx) Clear(ctx context.Context) (err error) {
	ctx, op := tx.trace(ctx, OpTxClear, "", &err)
	defer op.end(&err)
	err = tx.beginWrite(ctx)
	if err == nil {
		for _, span := range driver.ClearRanges() {
			tx.attempt().writes.remove(tx.scope(), span)
		}
		tx.attempt().mu.Unlock()
	}
	return fail("clear", "", err)
}

// begin checks the arguments of a read and locks the attempt. On an error the
// attempt is not locked.
func (tx *Tx) begin(ctx context.Context, family string) error {
	if ctx == nil {
		return errNilContext
	}
	if err := checkFamily(ctx, family); err != nil {
		return err
	}
	return tx.lock()
}

// beginWrite is begin for a verb that changes records.
func (tx *Tx) beginWrite(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	if err := tx.lock(); err != nil {
		return err
	}
	if tx.attempt().readOnly {
		tx.attempt().mu.Unlock()
		return fmt.Errorf("%w: this is the handle of a View", ErrReadOnly)
	}
	return nil
}

// lock locks the attempt if the handle can still be used.
func (tx *Tx) lock() error {
	a := tx.attempt()
	a.mu.Lock()
	err := a.failure
	if tx.over() {
		err = ErrTxDone
	}
	if err != nil {
		a.mu.Unlock()
	}
	return err
}

// over reports whether the handle can no longer be used: its callback or its
// attempt has ended, or it was undone together with a transaction around it.
// The attempt must be locked.
func (tx *Tx) over() bool {
	return tx.ended || tx.scope().undone || !tx.attempt().alive()
}
