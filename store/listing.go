package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// Families names the families that hold records, ascending. It makes one
// backend call for each.
func (s *Store) Families(ctx context.Context) (names []string, err error) {
	ctx, op := s.trace(ctx, OpFamilies, "", &err)
	defer op.end(&err)
	if err := s.enter(ctx); err != nil {
		return nil, fail("families", "", err)
	}
	names, err = families(func(from driver.Key) (k driver.Key, ok bool, err error) {
		q := driver.Query{Range: driver.Range{From: from}, Limit: 1, KeysOnly: true}
		page, err := s.engine().scan(ctx, s.driver(), s.namespace(), q)
		if err != nil || len(page.Rows) == 0 {
			return k, false, err
		}
		return page.Rows[0].Key, true, nil
	})
	op.names(len(names))
	return names, fail("families", "", err)
}

// Families names the families that hold records as the transaction sees them,
// ascending. That no others do is part of what the commit checks.
func (tx *Tx) Families(ctx context.Context) (names []string, err error) {
	ctx, op := tx.trace(ctx, OpTxFamilies, "", &err)
	defer op.end(&err)
	if ctx == nil {
		return nil, fail("families", "", errNilContext)
	}
	names, err = families(func(from driver.Key) (driver.Key, bool, error) {
		m, err := tx.merge(driver.Query{Range: driver.Range{From: from}, Limit: 1, KeysOnly: true})
		if err != nil {
			return from, false, err
		}
		k, _, ok, err := m.next(ctx)
		if ok {
			m.stop(k)
		}
		return k, ok, err
	})
	op.names(len(names))
	return names, fail("families", "", err)
}

// families jumps from the first record of each family to that of the next.
func families(first func(from driver.Key) (driver.Key, bool, error)) (names []string, err error) {
	from := driver.Visible.From
	for {
		k, ok, err := first(from)
		if err != nil {
			return nil, err
		}
		if !ok {
			return names, nil
		}
		names = append(names, k.Family)
		from = driver.FamilyEnd(k.Family)
	}
}

// Namespaces names all namespaces of the backend that hold records, ascending.
// The error is [ErrUnsupported] if the backend cannot list them.
func (s *Store) Namespaces(ctx context.Context) (names []string, err error) {
	ctx, op := s.trace(ctx, OpNamespaces, "", &err)
	defer op.end(&err)
	names, err = s.namespaces(ctx)
	op.names(len(names))
	return names, fail("namespaces", "", err)
}

func (s *Store) namespaces(ctx context.Context) (names []string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	lister, ok := driver.As[driver.NamespaceLister](s.driver())
	if !ok {
		return nil, ErrUnsupported
	}
	for from := ""; ; {
		page, err := s.engine().listNamespaces(ctx, lister, from)
		if err != nil {
			return nil, err
		}
		names = append(names, page...)
		if len(page) < largePage {
			return names, nil
		}
		from = page[len(page)-1] + "\x00"
	}
}

func (e *engine) listNamespaces(ctx context.Context, lister driver.NamespaceLister, from string) ([]string, error) {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return nil, err
	}
	defer e.calls.end(l)
	return lister.Namespaces(ctx, from, largePage)
}
