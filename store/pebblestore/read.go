package pebblestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// view is the engine, or a snapshot of it, with the epoch of its reads. It
// includes all commits with lower numbers than the epoch.
type view struct {
	pebble.Reader
	epoch uint64
}

// epoch returns the epoch for a view. Call it before opening the view: see
// versionBytes.
func (b *backend) epoch() uint64 { return b.applied.Load() + 1 }

// now returns a view of the present.
func (b *backend) now() view {
	epoch := b.epoch()
	return view{Reader: b.db, epoch: epoch}
}

// freeze returns a view that does not change. Close the snapshot after use.
func (b *backend) freeze() (view, *pebble.Snapshot) {
	epoch := b.epoch()
	frozen := b.db.NewSnapshot()
	return view{Reader: frozen, epoch: epoch}, frozen
}

// Read looks up a single key in the present. It looks up several keys in a
// snapshot, so that all records are of one point in time.
func (b *backend) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	if len(keys) == 1 {
		return b.now().read(namespace, keys, into)
	}
	v, frozen := b.freeze()
	err := v.read(namespace, keys, into)
	if closeErr := frozen.Close(); err == nil {
		err = fault.Translate(closeErr)
	}
	return err
}

var keyBufs = sync.Pool{New: func() any { b := make([]byte, 0, 128); return &b }}

func (v view) read(namespace string, keys []driver.Key, into []driver.Record) error {
	buf := keyBufs.Get().(*[]byte)
	defer keyBufs.Put(buf)
	for i := range keys {
		e := appendKey((*buf)[:0], namespace, keys[i])
		*buf = e.bytes
		if err := v.get(e.bytes, &into[i]); err != nil {
			return err
		}
	}
	return nil
}

func (v view) get(key []byte, into *driver.Record) error {
	*into = driver.Record{Epoch: driver.Version(v.epoch)}
	stored, closer, err := v.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fault.Translate(err)
	}
	version, value, err := split(stored)
	into.Value, into.Version, into.Exists = bytes.Clone(value), version, true
	if closeErr := closer.Close(); err == nil {
		err = fault.Translate(closeErr)
	}
	return err
}

// pageBytes ends a page: none has further rows once its values have so many
// bytes.
const pageBytes = 1 << 20

// Scan reads one page with one iterator, so all rows are of one point in time.
func (b *backend) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if err := b.ready(ctx); err != nil {
		return driver.Page{}, err
	}
	return b.now().scan(ctx, namespace, q)
}

func (v view) scan(ctx context.Context, namespace string, q driver.Query) (page driver.Page, err error) {
	page.Epoch = driver.Version(v.epoch)
	size := 0
	err = v.walk(ctx, namespace, q.Range, q.Reverse, func(it *pebble.Iterator) (bool, error) {
		if len(page.Rows) == q.Limit || size >= pageBytes {
			page.More = true
			return false, nil
		}
		row, err := rowAt(it, page.Rows, q.KeysOnly)
		page.Rows = append(page.Rows, row)
		size += len(row.Value)
		return true, err
	})
	if err != nil {
		return driver.Page{}, err
	}
	return page, nil
}

// Count counts with one iterator, which reads no values.
func (b *backend) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	if err := b.ready(ctx); err != nil {
		return driver.Counted{}, err
	}
	return b.now().count(ctx, namespace, r)
}

func (v view) count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	counted := driver.Counted{Epoch: driver.Version(v.epoch)}
	err := v.walk(ctx, namespace, r, false, func(*pebble.Iterator) (bool, error) {
		counted.Records++
		return true, nil
	})
	return counted, err
}

// walk visits the records of a range, until visit answers false or an error.
func (v view) walk(ctx context.Context, namespace string, r driver.Range, reverse bool, visit func(*pebble.Iterator) (bool, error)) (err error) {
	lower, upper := bounds(namespace, r)
	it, err := v.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fault.Translate(err)
	}
	defer func() {
		if closeErr := it.Close(); err == nil {
			err = fault.Translate(closeErr)
		}
	}()
	start, step := it.First, it.Next
	if reverse {
		start, step = it.Last, it.Prev
	}
	for ok := start(); ok; ok = step() {
		if more, err := visit(it); err != nil || !more {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// rowAt returns the record at the iterator, without its value if keysOnly. It
// reuses the family name of the row before.
func rowAt(it *pebble.Iterator, before []driver.Row, keysOnly bool) (driver.Row, error) {
	e, ok := parse(it.Key())
	if !ok {
		return driver.Row{}, errForeignKey
	}
	version, value, err := versioned(it)
	if err != nil {
		return driver.Row{}, err
	}
	key := driver.Key{ID: string(e.id())}
	family := e.familyName()
	if n := len(before); n > 0 && before[n-1].Key.Family == string(family) {
		key.Family = before[n-1].Key.Family
	} else {
		key.Family = string(family)
	}
	if keysOnly {
		return driver.Row{Key: key, Version: version}, nil
	}
	return driver.Row{Key: key, Value: bytes.Clone(value), Version: version}, nil
}

// versioned returns the version and the value at the iterator.
func versioned(it *pebble.Iterator) (driver.Version, []byte, error) {
	stored, err := it.ValueAndErr()
	if err != nil {
		return 0, nil, fault.Translate(err)
	}
	return split(stored)
}

// errForeignKey means that something else has written into the store.
var errForeignKey = fmt.Errorf("%w: a key that this package did not write", driver.ErrCorrupt)
