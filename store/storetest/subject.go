package storetest

import (
	"context"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// root and handle are the parts of a store that checks use. The test of the
// suite itself implements them with faults.
type root interface {
	handle
	View(ctx context.Context, fn txFunc) error
	Namespaces(ctx context.Context) ([]string, error)
	Namespace(name string) root
	Close() error
}

type handle interface {
	Get(ctx context.Context, family, id string) ([]byte, bool, error)
	GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error)
	Has(ctx context.Context, family, id string) (bool, error)
	Scan(ctx context.Context, family, prefix string) store.Records
	Select(family string) selection
	Families(ctx context.Context) ([]string, error)
	Set(ctx context.Context, ws ...write) error
	Clear(ctx context.Context) error
	Transaction(ctx context.Context, label string, fn txFunc) error
	TransactionWith(ctx context.Context, o store.TxOptions, fn txFunc) error
	InTransaction(ctx context.Context) bool
}

type txFunc = func(ctx context.Context, tx handle) error

// write is one write of a DataSet.
type write struct {
	family, id string
	value      []byte
	del        bool
}

func put(family, id, value string) write {
	return write{family: family, id: id, value: []byte(value)}
}

func del(family, id string) write {
	return write{family: family, id: id, del: true}
}

// openStore opens the real store.
func openStore(ctx context.Context, d driver.Driver, o *store.Options) (root, error) {
	s, err := store.New(ctx, d, o)
	if err != nil {
		return nil, err
	}
	return realStore{realHandle{s}, s}, nil
}

// realHandle adapts a *store.Store or *store.Tx.
type realHandle struct{ store.Handle }

// Set commits the writes as one DataSet.
func (h realHandle) Set(ctx context.Context, ws ...write) error {
	var ds store.DataSet
	for _, w := range ws {
		if w.del {
			ds.Delete(w.family, w.id)
		} else {
			ds.Put(w.family, w.id, w.value)
		}
	}
	return h.Handle.Set(ctx, &ds)
}

// Transaction passes the callback on.
func (h realHandle) Transaction(ctx context.Context, label string, fn txFunc) error {
	return h.Handle.Transaction(ctx, label, realFunc(fn))
}

// TransactionWith passes the callback on.
func (h realHandle) TransactionWith(ctx context.Context, o store.TxOptions, fn txFunc) error {
	return h.Handle.TransactionWith(ctx, o, realFunc(fn))
}

func realFunc(fn txFunc) store.TxFunc {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, tx *store.Tx) error { return fn(ctx, realHandle{tx}) }
}

// realStore adapts a *store.Store.
type realStore struct {
	realHandle
	store *store.Store
}

func (s realStore) View(ctx context.Context, fn txFunc) error {
	return s.store.View(ctx, realFunc(fn))
}

func (s realStore) Namespaces(ctx context.Context) ([]string, error) {
	return s.store.Namespaces(ctx)
}

func (s realStore) Namespace(name string) root {
	other := s.store.Namespace(name)
	return realStore{realHandle{other}, other}
}

func (s realStore) Close() error { return s.store.Close() }
