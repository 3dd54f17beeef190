package store

import (
	"context"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Reads is a set of reads of records, of any families, that [Store.Read] and
// [Tx.Read] answer in one backend call. The zero Reads is empty and ready to
// use. It may be read more than once; each time new answers take the place of
// the old ones. It is not safe for concurrent use.
type Reads struct{ in hidden.Pointer[reads] }

// reads is what Reads holds, hidden from printers.
type reads struct {
	keys    []driver.Key
	answers []*answer
}

// Answer is what Read has found for one id of a [Reads].
type Answer struct{ in hidden.Pointer[answer] }

type answer struct {
	value []byte
	ok    bool
}

// Get adds a read. The answer is there once Read has returned without an error.
func (r *Reads) Get(family, id string) Answer {
	all := r.in.Get()
	if all == nil {
		all = new(reads)
		r.in = hidden.To(all)
	}
	one := new(answer)
	all.keys = append(all.keys, driver.Key{Family: family, ID: id})
	all.answers = append(all.answers, one)
	return Answer{hidden.To(one)}
}

// Len is how many reads were added.
func (r *Reads) Len() int { return len(r.keys()) }

// Value returns the value of the record, and whether it exists. Before Read, and
// after an error of it, it does not.
//
// Bytes: the caller may keep and change them. Each call returns the same ones.
func (a Answer) Value() (value []byte, ok bool) {
	if one := a.in.Get(); one != nil {
		return one.value, one.ok
	}
	return nil, false
}

// Read answers all reads of r in one backend call, at one point in time. Without
// reads there is no call.
//
// Errors: those of [Store.GetMany].
func (s *Store) Read(ctx context.Context, r *Reads) (err error) {
	family := r.family(ctx)
	ctx, op := s.trace(ctx, OpGetMany, family, &err)
	defer op.end(&err)
	op.asked(r.Len())
	r.forget()
	if family, err = s.readAll(ctx, r); err != nil {
		return fail("read", family, err)
	}
	r.told(op)
	return nil
}

func (s *Store) readAll(ctx context.Context, r *Reads) (family string, err error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	if family, err := r.check(ctx, s.settings()); err != nil || r.Len() == 0 {
		return family, err
	}
	call := newCallOf(r.keys())
	if err := s.engine().read(ctx, s.driver(), s.namespace(), call); err != nil {
		return r.family(ctx), err
	}
	for i, one := range r.in.Get().answers {
		one.value, one.ok = call.value(i)
	}
	call.free()
	return "", nil
}

// Read answers all reads of r as the transaction sees them. What it does not know
// yet is read in one backend call.
func (tx *Tx) Read(ctx context.Context, r *Reads) (err error) {
	family := r.family(ctx)
	ctx, op := tx.trace(ctx, OpTxGetMany, family, &err)
	defer op.end(&err)
	op.asked(r.Len())
	r.forget()
	if family, err = tx.readAll(ctx, r); err != nil {
		return fail("read", family, err)
	}
	r.told(op)
	return nil
}

func (tx *Tx) readAll(ctx context.Context, r *Reads) (family string, err error) {
	if ctx == nil {
		return "", errNilContext
	}
	if err := tx.lock(); err != nil {
		return "", err
	}
	a := tx.attempt()
	defer a.mu.Unlock()
	if family, err := r.check(ctx, a.store.settings()); err != nil || r.Len() == 0 {
		return family, err
	}
	keys, answers := a.answerKnown(r.in.Get())
	if len(keys) == 0 {
		return "", nil
	}
	call := newCallOf(keys)
	if err := a.fill(ctx, call); err != nil {
		return r.family(ctx), err
	}
	for i, one := range answers {
		if record := &call.records[i]; record.Exists {
			one.value, one.ok = own(record.Value, a.keeps(record)), true
		}
	}
	call.free()
	return "", nil
}

// answerKnown answers what the attempt has read or written, and returns the rest.
func (a *attempt) answerKnown(r *reads) (keys []driver.Key, rest []*answer) {
	for i, one := range r.answers {
		value, exists, known := a.known(r.keys[i])
		switch {
		case !known:
			keys, rest = append(keys, r.keys[i]), append(rest, one)
		case exists:
			one.value, one.ok = clone(value), true
		}
	}
	return keys, rest
}

func (r *Reads) keys() []driver.Key {
	if r == nil || r.in.Get() == nil {
		return nil
	}
	return r.in.Get().keys
}

// family is the family of all reads, "" if there are several or none.
func (r *Reads) family(ctx context.Context) string {
	if r.Len() == 0 || ctx == nil {
		return ""
	}
	return familyOf(ctx, keysFamily(r.keys()))
}

// check returns the first mistake of the reads and names its family.
func (r *Reads) check(ctx context.Context, set *settings) (family string, err error) {
	for _, k := range r.keys() {
		if err := checkFamily(ctx, k.Family); err != nil {
			return "", err
		}
		if err := set.limits.checkID(k.ID); err != nil {
			return k.Family, err
		}
	}
	return r.family(ctx), set.limits.checkReads(r.Len())
}

// forget takes the answers of an earlier Read away.
func (r *Reads) forget() {
	if r.Len() > 0 {
		for _, one := range r.in.Get().answers {
			*one = answer{}
		}
	}
}

// told notes the answers for a tracer.
func (r *Reads) told(op *operation) {
	if r.Len() == 0 || op == nil {
		return
	}
	for _, one := range r.in.Get().answers {
		if one.ok {
			op.found(len(one.value))
		}
	}
}
