package store

import "context"

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
func (s *Store) read(ctx context.Context, family string, ids []string) (*readCall, error) {
	if err := s.enterFamily(ctx, family); err != nil {
		return nil, err
	}
	if err := s.settings().checkIDs(ids); err != nil {
		return nil, err
	}
	r := newReadCall(family, ids)
	if len(ids) == 0 {
		return r, nil
	}
	if err := s.engine().read(ctx, s.driver(), s.namespace(), r); err != nil {
		return nil, err
	}
	return r, nil
}

// own gives the caller bytes of its own, never nil.
func own(value []byte, shared bool) []byte {
	if shared || value == nil {
		return clone(value)
	}
	return value
}
