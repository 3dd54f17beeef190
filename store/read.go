package store

import "context"

// Get returns the committed value of a record, and whether the record exists.
//
// Errors: [ErrInvalid] and [ErrTooLarge] for a family or an id that cannot be
// stored.
// Bytes: the caller may keep and change them.
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

// Has reports whether a record exists. It is cheaper than Get only where the
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

// GetMany returns the committed values of the ids that exist; the map omits
// the others. All values are of one point in time. Without ids there is no
// backend call. An id may occur more than once.
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

// read reads records of one family. On success the caller must call free.
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

// own returns bytes that the caller may change, never nil.
func own(value []byte, shared bool) []byte {
	if shared || value == nil {
		return clone(value)
	}
	return value
}
