package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// Get returns the committed value of a record and whether there is one.
//
// Bytes: the caller may keep and change them.
// Errors: [ErrInvalid] and [ErrTooLarge] for a name that cannot be stored.
func (s *Store) Get(ctx context.Context, family, id string) (value []byte, ok bool, err error) {
	r, err := s.getOne(ctx, family, id)
	if err != nil {
		return nil, false, failFamily(ctx, "get", family, err)
	}
	return r.Value, r.Exists, nil
}

// Has says whether there is a record. It is cheaper than Get only where the
// backend shares its memory.
func (s *Store) Has(ctx context.Context, family, id string) (bool, error) {
	r, err := s.lookUp(ctx, family, id)
	if err != nil {
		return false, failFamily(ctx, "has", family, err)
	}
	return r.Exists, nil
}

// GetMany returns the committed values of those ids that exist; the others are
// absent from the map. All are of one point in time. No ids cost no backend
// call, and an id may be named more than once.
//
// Bytes: the caller may keep and change them.
func (s *Store) GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error) {
	found, err := s.getMany(ctx, family, ids)
	return found, failFamily(ctx, "get many", family, err)
}

func (s *Store) getMany(ctx context.Context, family string, ids []string) (map[string][]byte, error) {
	if err := s.enterFamily(ctx, family); err != nil {
		return nil, err
	}
	if err := s.set.checkIDs(ids); err != nil {
		return nil, err
	}
	found := make(map[string][]byte, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	keys := make([]driver.Key, len(ids))
	for i, id := range ids {
		keys[i] = driver.Key{Family: family, ID: id}
	}
	records := make([]driver.Record, len(ids))
	if err := s.engine.read(ctx, s.engine.driver, s.namespace, keys, records); err != nil {
		return nil, err
	}
	for i := range records {
		if records[i].Exists {
			found[ids[i]] = own(records[i].Value, records[i].Shared)
		}
	}
	return found, nil
}

func (s *Store) getOne(ctx context.Context, family, id string) (driver.Record, error) {
	r, err := s.lookUp(ctx, family, id)
	if err == nil && r.Exists {
		r.Value = own(r.Value, r.Shared)
	}
	return r, err
}

// lookUp reads one record; its value may be the driver's.
func (s *Store) lookUp(ctx context.Context, family, id string) (driver.Record, error) {
	if err := s.enterFamily(ctx, family); err != nil {
		return driver.Record{}, err
	}
	if err := s.set.checkID(id); err != nil {
		return driver.Record{}, err
	}
	one := readings.Get().(*reading)
	one.key[0] = driver.Key{Family: family, ID: id}
	err := s.engine.read(ctx, s.engine.driver, s.namespace, one.key[:], one.record[:])
	r := one.record[0]
	*one = reading{}
	readings.Put(one)
	return r, err
}

// reading is the arguments of a read of one key. They pass through an interface
// and would be allocated for each call.
type reading struct {
	key    [1]driver.Key
	record [1]driver.Record
}

var readings = sync.Pool{New: func() any { return new(reading) }}

// read is one counted driver call.
func (e *engine) read(ctx context.Context, from driver.Reader, namespace string, keys []driver.Key, into []driver.Record) error {
	c, err := e.calls.begin()
	if err != nil {
		return err
	}
	defer e.calls.end(c)
	return from.Read(ctx, namespace, keys, into)
}

// scan is one counted driver call.
func (e *engine) scan(ctx context.Context, from driver.Reader, namespace string, r driver.Range, limit int) (driver.Page, error) {
	c, err := e.calls.begin()
	if err != nil {
		return driver.Page{}, err
	}
	defer e.calls.end(c)
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
