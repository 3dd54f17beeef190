// Package store is a stand-in with the signatures of the real one.
package store

import (
	"context"
	"iter"
	"time"
)

type Store struct{}

type Tx struct{}

type Record struct {
	ID    string
	Value []byte
}

type DataSet struct{}

func (d *DataSet) Put(family, id string, value []byte) *DataSet { return d }
func (d *DataSet) Delete(family, id string) *DataSet            { return d }

func (s *Store) Get(ctx context.Context, family, id string) ([]byte, bool, error) {
	return nil, false, nil
}
func (s *Store) GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error) {
	return nil, nil
}
func (s *Store) Has(ctx context.Context, family, id string) (bool, error)                 { return false, nil }
func (s *Store) Set(ctx context.Context, ds *DataSet) error                               { return nil }
func (s *Store) Scan(ctx context.Context, family, prefix string) iter.Seq2[Record, error] { return nil }
func (s *Store) Families(ctx context.Context) ([]string, error)                           { return nil, nil }
func (s *Store) Clear(ctx context.Context) error                                          { return nil }
func (s *Store) InTransaction(ctx context.Context) bool                                   { return false }
func (s *Store) Namespace(name string) *Store                                             { return s }
func (s *Store) Close() error                                                             { return nil }
func (s *Store) Transaction(ctx context.Context, label string, fn func(context.Context, *Tx) error) error {
	return nil
}
func (s *Store) TransactionWith(ctx context.Context, o TxOptions, fn func(context.Context, *Tx) error) error {
	return nil
}
func (s *Store) View(ctx context.Context, fn func(context.Context, *Tx) error) error { return nil }

type TxOptions struct {
	Labels      []string
	MaxAttempts int
	LabelWait   time.Duration
}

type TxFunc = func(ctx context.Context, tx *Tx) error

type Handle interface {
	Get(ctx context.Context, family, id string) ([]byte, bool, error)
	Set(ctx context.Context, ds *DataSet) error
	InTransaction(ctx context.Context) bool
	Transaction(ctx context.Context, label string, fn TxFunc) error
	TransactionWith(ctx context.Context, o TxOptions, fn TxFunc) error
}

func TransactionValue[T any](ctx context.Context, h Handle, label string, fn func(context.Context, *Tx) (T, error)) (T, error) {
	var zero T
	return zero, nil
}

func (t *Tx) Get(ctx context.Context, family, id string) ([]byte, bool, error) {
	return nil, false, nil
}
func (t *Tx) GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error) {
	return nil, nil
}
func (t *Tx) Has(ctx context.Context, family, id string) (bool, error)                 { return false, nil }
func (t *Tx) Set(ctx context.Context, ds *DataSet) error                               { return nil }
func (t *Tx) Scan(ctx context.Context, family, prefix string) iter.Seq2[Record, error] { return nil }
func (t *Tx) Clear(ctx context.Context) error                                          { return nil }
func (t *Tx) InTransaction(ctx context.Context) bool                                   { return true }
func (t *Tx) Transaction(ctx context.Context, label string, fn func(context.Context, *Tx) error) error {
	return nil
}
func (t *Tx) TransactionWith(ctx context.Context, o TxOptions, fn func(context.Context, *Tx) error) error {
	return nil
}
