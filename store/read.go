package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/store/driver"
)

// Get returns the committed value of a record and whether there is one.
//
// Bytes: the caller may keep and change them.
// Errors: [ErrInvalid] and [ErrTooLarge] for a name that cannot be stored.
func (s *Store) Get(ctx context.Context, family, id string) (value []byte, ok bool, err error) {
	ctx, op := s.trace(ctx, OpGet, family, &err)
	defer op.end(&err)
	op.asked(1)
	r, err := s.read(ctx, family, []string{id})
	if err != nil {
		return nil, false, failFamily(ctx, "get", family, err)
	}
	if value, ok = r.value(0); ok {
		op.found(len(value))
	}
	r.free()
	return value, ok, nil
}

// Has reports whether there is a record. It is cheaper than Get only where the
// backend shares its memory.
func (s *Store) Has(ctx context.Context, family, id string) (exists bool, err error) {
	ctx, op := s.trace(ctx, OpHas, family, &err)
	defer op.end(&err)
	op.asked(1)
	r, err := s.read(ctx, family, []string{id})
	if err != nil {
		return false, failFamily(ctx, "has", family, err)
	}
	if exists = r.records[0].Exists; exists {
		op.found(0)
	}
	r.free()
	return exists, nil
}

// GetMany returns the committed values of those ids that exist; the others are
// absent from the map. All are of one point in time. No ids cost no backend
// call, and an id may be named more than once.
//
// Bytes: the caller may keep and change them.
func (s *Store) GetMany(ctx context.Context, family string, ids ...string) (found map[string][]byte, err error) {
	ctx, op := s.trace(ctx, OpGetMany, family, &err)
	defer op.end(&err)
	op.asked(len(ids))
	r, err := s.read(ctx, family, ids)
	if err != nil {
		return nil, failFamily(ctx, "get many", family, err)
	}
	found = make(map[string][]byte, len(ids))
	for i, id := range ids {
		if value, ok := r.value(i); ok {
			found[id] = value
			op.found(len(value))
		}
	}
	r.free()
	return found, nil
}

// read answers records of one family. Without an error, whoever asks calls free.
func (s *Store) read(ctx context.Context, family string, ids []string) (*reading, error) {
	if err := s.enterFamily(ctx, family); err != nil {
		return nil, err
	}
	if err := s.settings().checkIDs(ids); err != nil {
		return nil, err
	}
	r := newReading(family, ids)
	if len(ids) == 0 {
		return r, nil
	}
	if err := s.engine().read(ctx, s.driver(), s.namespace(), r); err != nil {
		return nil, err
	}
	return r, nil
}

// read is one counted driver call.
func (e *engine) read(ctx context.Context, from driver.Reader, namespace string, r *reading) error {
	if err := e.calls.begin(r.stripe); err != nil {
		return err
	}
	defer e.calls.end(r.stripe)
	return from.Read(ctx, namespace, r.keys, r.records)
}

// scan is one counted driver call.
func (e *engine) scan(ctx context.Context, from driver.Reader, namespace string, r driver.Range, limit int) (driver.Page, error) {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return driver.Page{}, err
	}
	defer e.calls.end(l)
	page, err := from.Scan(ctx, namespace, r, limit)
	if err == nil && page.More && len(page.Rows) == 0 {
		err = errEmptyPage
	}
	return page, err
}

// errEmptyPage: a walk could not go on from such a page.
var errEmptyPage = fmt.Errorf("%w: the backend answered a page without rows that is not the last", ErrUnavailable)

func (l *limits) checkIDs(ids []string) error {
	for _, id := range ids {
		if err := l.checkID(id); err != nil {
			return err
		}
	}
	if len(ids) > l.readKeys {
		return fmt.Errorf("%w: %d ids in one read, the limit is %d", ErrTooLarge, len(ids), l.readKeys)
	}
	return nil
}

// own gives the caller bytes of its own, never nil.
func own(value []byte, shared bool) []byte {
	if shared || value == nil {
		return clone(value)
	}
	return value
}

// failFamily is fail for a verb whose family may be malformed.
func failFamily(ctx context.Context, op, family string, err error) error {
	if err == nil {
		return nil
	}
	if ctx == nil {
		return fail(op, "", err)
	}
	return fail(op, familyOf(ctx, family), err)
}
