// Package memstore keeps a keyfam store in memory. It is the reference backend
// and written to be read: what it does under one mutex, another backend must
// do in one step.
//
// Records are gone when the store is closed. Durability class: volatile.
package memstore

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/store"
)

// Open returns an empty store. Options may be nil.
//
// Errors: [store.ErrUnsupported] if the options demand any durability,
// [store.ErrInvalid] if one is out of range, and ctx's if ctx has ended.
func Open(ctx context.Context, o *store.Options) (st *store.Store, err error) {
	d := NewDriver()
	defer func() {
		if st == nil {
			err = errors.Join(err, d.Close())
		}
	}()
	return store.New(ctx, d, o)
}
