package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// toyTx is a handle of an attempt.
type toyTx struct {
	a      *toyAttempt
	nested bool
	done   bool // a nested one that has ended
}

// Format prints what tx is.
func (tx *toyTx) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "toy transaction")
	if tx.a.s.e.is("a transaction tells its label") && tx.a.t != nil {
		_, _ = fmt.Fprint(f, " of ", tx.a.t.held)
	}
}

// lock begins a verb. If it returns no error the attempt is locked.
func (tx *toyTx) lock(ctx context.Context) error {
	if ctx == nil {
		return store.ErrInvalid
	}
	a := tx.a
	if a.next != nil {
		tx.a = a.next
		a = a.next
	}
	a.mu.Lock()
	err := a.doom
	if a.s.e.is("a swallowed restart commits") {
		err = nil
	}
	if (a.over || tx.done && !a.s.e.is("nested handles live on")) && !a.s.e.is("handles live on") {
		err = store.ErrTxDone
	}
	if err != nil {
		a.mu.Unlock()
	}
	return err
}

func (tx *toyTx) InTransaction(ctx context.Context) bool {
	return tx.a.s.e.is("InTransaction goes by the handle") || tx.a.s.InTransaction(ctx)
}

func (tx *toyTx) Get(ctx context.Context, family, id string) ([]byte, bool, error) {
	found, err := tx.many(ctx, family, []string{id}, "get")
	value, ok := found[id]
	return value, ok, tx.a.s.fail("get", family, err)
}

func (tx *toyTx) Has(ctx context.Context, family, id string) (bool, error) {
	found, err := tx.many(ctx, family, []string{id}, "has")
	return len(found) > 0, tx.a.s.fail("has", family, err)
}

func (tx *toyTx) GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error) {
	found, err := tx.many(ctx, family, ids, "get many")
	return found, tx.a.s.fail("get many", family, err)
}

func (tx *toyTx) many(ctx context.Context, family string, ids []string, op string) (map[string][]byte, error) {
	a := tx.a
	if err := a.s.checkRead(ctx, family, ids); err != nil {
		return nil, err
	}
	if err := tx.lock(ctx); err != nil {
		return nil, err
	}
	defer tx.a.mu.Unlock()
	a = tx.a
	var unknown []driver.Key
	for _, id := range ids {
		k := key(family, id)
		_, known := a.points[k]
		if known && a.s.e.is("nothing is remembered") || known && a.s.e.is("misses are forgotten") && !a.points[k].Exists {
			known = false
		}
		if _, _, own := a.own(k); !own && !known && !slices.Contains(unknown, k) {
			unknown = append(unknown, k)
		}
	}
	if len(unknown) > 0 {
		records, err := a.s.read(ctx, a.reader, unknown)
		if err == nil {
			for i, k := range unknown {
				a.points[k] = records[i]
				a.checked[k] = !(a.s.e.is("GetMany not validated") && op == "get many" || a.s.e.is("Has not validated") && op == "has" ||
					a.s.e.is("reads through a nested handle not validated") && tx.nested)
			}
		}
		if err := a.noted(ctx, err); err != nil {
			return nil, err
		}
	}
	found := map[string][]byte{}
	for _, id := range ids {
		value, exists, own := a.own(key(family, id))
		if !own {
			r := a.points[key(family, id)]
			value, exists = r.Value, r.Exists
		}
		if exists && (a.s.e.is("reads inside share the transaction's bytes") || own && a.s.e.is("own writes shared")) {
			found[id] = value
		} else if exists {
			found[id] = toyCopy(value)
		}
	}
	return found, nil
}

// own returns a record as the attempt itself has written it.
func (a *toyAttempt) own(k driver.Key) (value []byte, exists, own bool) {
	w, ok := a.writes[k]
	if ok && a.s.e.is("own writes unseen") {
		ok = false
	}
	if ok && w.Delete && a.s.e.is("own deletes unseen") {
		ok = false
	}
	if ok {
		return w.Value, !w.Delete, true
	}
	return nil, false, a.cleared && driver.Visible.Contains(k) && !a.s.e.is("reads see through Clear") || toyContains(a.removed, k)
}

func (tx *toyTx) Set(ctx context.Context, ws ...write) error {
	if ctx == nil {
		return tx.a.s.fail("set", "", store.ErrInvalid)
	}
	if err := tx.lockWrite(ctx); err != nil {
		return tx.a.s.fail("set", "", err)
	}
	a := tx.a
	defer a.mu.Unlock()
	if len(ws) == 0 {
		if a.s.e.is("an empty set is a commit") {
			a.cleared = a.cleared || len(a.writes) == 0
		}
		return nil
	}
	if family, err := a.s.checkWrites(ctx, ws); err != nil {
		if a.s.e.is("a refused Set inside leaves its first writes") {
			a.writes[key(ws[0].family, ws[0].id)] = driver.Write{Key: key(ws[0].family, ws[0].id), Value: ws[0].value}
		}
		return a.s.fail("set", family, err)
	}
	writes := a.s.writes(ws)
	if a.s.e.is("writes inside go out at once") {
		return a.s.commit(ctx, &driver.Commit{Writes: writes}, a.t)
	}
	into := a.writes
	if a.s.e.is("a shared handle loses writes") {
		into = maps.Clone(a.writes)
		a.mu.Unlock()
		pause()
		a.mu.Lock()
		a.writes = into
	}
	for _, w := range writes {
		into[w.Key] = w
	}
	return nil
}

func (tx *toyTx) lockWrite(ctx context.Context) error {
	if err := tx.lock(ctx); err != nil {
		return err
	}
	if tx.a.t.readOnly && !tx.a.s.e.is("views can write") {
		tx.a.mu.Unlock()
		return store.ErrReadOnly
	}
	return nil
}

func (tx *toyTx) Clear(ctx context.Context) error {
	if err := tx.lockWrite(ctx); err != nil {
		return tx.a.s.fail("clear", "", err)
	}
	a := tx.a
	defer a.mu.Unlock()
	if a.s.e.is("Clear inside goes out at once") {
		return a.s.commit(ctx, &driver.Commit{Deletes: driver.ClearRanges()}, a.t)
	}
	a.cleared = true
	if a.s.e.is("Clear inside keeps earlier writes") {
		return nil
	}
	for k := range a.writes {
		if driver.Visible.Contains(k) {
			delete(a.writes, k)
		}
	}
	return nil
}

func (tx *toyTx) Transaction(ctx context.Context, label string, fn txFunc) error {
	return tx.TransactionWith(ctx, store.TxOptions{Labels: []string{label}}, fn)
}

func (tx *toyTx) TransactionWith(ctx context.Context, o store.TxOptions, fn txFunc) error {
	a := tx.a
	if ctx == nil || fn == nil || (o.MaxAttempts != 0 || o.LabelWait != 0) && !a.s.e.is("a nested transaction has bounds") {
		return a.s.fail("transaction", "", store.ErrInvalid)
	}
	if err := tx.lockWrite(ctx); err != nil {
		return a.s.fail("transaction", "", err)
	}
	a = tx.a
	removed := slices.Clone(a.removed)
	writes, cleared, points, ranges := maps.Clone(a.writes), a.cleared, maps.Clone(a.points), slices.Clone(a.ranges)
	if a.s.e.is("nested sees nothing of the outer") {
		a.writes = map[driver.Key]driver.Write{}
	}
	a.mu.Unlock()
	taken, err := a.nestLabels(ctx, toyLabels(o.Labels))
	if err != nil {
		return a.s.fail("transaction", "", err)
	}
	in, good := &toyTx{a: a, nested: true}, false
	nest := &toyNest{writes, cleared, removed}
	a.mu.Lock()
	a.open = append(a.open, nest)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		in.done = true
		a.open = slices.DeleteFunc(a.open, func(n *toyNest) bool { return n == nest })
		if a.over {
			if a.s.e.is("a nested error after the end undoes all") {
				a.writes = nil
			}
			return
		}
		if a.s.e.is("nested sees nothing of the outer") {
			inner := a.writes
			a.writes = writes
			maps.Copy(a.writes, inner)
		}
		if !good && !a.s.e.is("a nested error keeps its writes") && !(a.s.e.is("a nested panic keeps its writes") && err == nil) {
			a.writes = writes
			if !a.s.e.is("a nested error keeps its Clear") {
				a.cleared = cleared
			}
			if !a.s.e.is("a removal that is undone stays") {
				a.removed = removed
			}
			if a.s.e.is("a nested error drops its reads") {
				a.points, a.ranges = points, ranges
			}
		}
	}()
	err = fn(a.mark(ctx), in)
	good = err == nil
	if a.s.e.is("nested labels released at their end") {
		a.s.e.release(a.t, taken)
	}
	if good && a.s.e.is("nested commits by itself") {
		a.mu.Lock()
		writes := toySorted(a.writes)
		a.mu.Unlock()
		_ = a.s.commit(ctx, &driver.Commit{Writes: writes}, a.t)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && a.over && !a.s.e.is("a nested transaction that came too late is success") {
		err = a.s.fail("transaction", "", store.ErrTxDone)
	}
	if err == nil && !a.s.e.is("a swallowed restart commits") {
		err = a.doom
	}
	return err
}

// nestLabels takes labels that the transaction does not hold, if they are
// free. Otherwise the attempt runs again and takes all labels in order.
func (a *toyAttempt) nestLabels(ctx context.Context, names []string) (taken []string, err error) {
	e := a.s.e
	if e.is("nested labels not honoured") {
		return nil, nil
	}
	for _, name := range names {
		l := e.label(a.s, name)
		e.mu.Lock()
		holder := e.held[l]
		free := holder == nil && !slices.ContainsFunc(e.queue, func(w *toyWaiter) bool { return w.label == l })
		if free && !e.is("labels not honoured") {
			e.held[l] = a.t
			a.t.held = append(a.t.held, name)
			taken = append(taken, name)
		}
		e.mu.Unlock()
		switch {
		case free || holder == a.t || e.is("labels not honoured"):
		case e.is("nested labels wait in any order"):
			if err := e.acquire(ctx, a.t, name); err != nil {
				return nil, err
			}
		default:
			a.mu.Lock()
			if a.doom == nil {
				a.doom, a.t.wanted = errToyRerun, names
				if !e.is("a restart keeps no place meanwhile") {
					e.mu.Lock()
					e.keep(a.t, slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(a.t.held, n) }))
					e.mu.Unlock()
				}
			}
			a.mu.Unlock()
			return nil, errToyRerun
		}
	}
	return taken, nil
}

// dirty shows writes of transactions that have not committed.
func (e *toyEngine) dirty(namespace string, keys []driver.Key, records []driver.Record) {
	e.mu.Lock()
	live := maps.Clone(e.live)
	e.mu.Unlock()
	for a := range live {
		if a.s.namespace != namespace {
			continue
		}
		a.mu.Lock()
		for i, k := range keys {
			if w, ok := a.writes[k]; ok {
				records[i] = driver.Record{Value: w.Value, Exists: !w.Delete, Shared: true}
			}
		}
		a.mu.Unlock()
	}
}
