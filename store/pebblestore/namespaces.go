package pebblestore

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// Namespaces lists the namespaces that hold records.
func (b *backend) Namespaces(ctx context.Context, from string, limit int) (names []string, err error) {
	if err := b.ready(ctx); err != nil {
		return nil, err
	}
	it, err := b.newNamespaceIter()
	if err != nil {
		return nil, fault.Translate(err)
	}
	defer func() {
		if closeErr := it.Close(); err == nil {
			err = fault.Translate(closeErr)
		}
	}()
	return listNamespaces(ctx, it, from, limit)
}

func (b *backend) newNamespaceIter() (*pebble.Iterator, error) {
	return b.db.NewIter(&pebble.IterOptions{
		LowerBound: []byte{kindRecord},
		UpperBound: []byte{kindRecord + 1},
	})
}

// listNamespaces skips from one namespace to the next, with two seeks for
// each.
func listNamespaces(ctx context.Context, it *pebble.Iterator, from string, limit int) (names []string, err error) {
	for ok := it.SeekGE(appendNamespace(nil, from)); ok && len(names) < limit; {
		e, known := parse(it.Key())
		if !known {
			return nil, errForeignKey
		}
		// Reserved families do not count. They sort before all others.
		name := string(e.namespaceName())
		if !it.SeekGE(appendKey(nil, name, driver.Visible.From).bytes) {
			break
		}
		end := afterNamespace(name)
		if it.Key() != nil && string(it.Key()) < string(end) {
			names = append(names, name)
			ok = it.SeekGE(end)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return names, nil
}
