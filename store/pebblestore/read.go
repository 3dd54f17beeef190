package pebblestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// view is the engine, or a snapshot of it, with the epoch of its reads: it holds
// all commits with lower numbers.
type view struct {
	pebble.Reader
	epoch uint64
}

// epoch is that of a view which is opened next. The order matters, see
// versionBytes.
func (b *backend) epoch() uint64 { return b.applied.Load() + 1 }

// now is a view of the present.
func (b *backend) now() view {
	epoch := b.epoch()
	return view{Reader: b.db, epoch: epoch}
}

// freeze is a view that stays.
func (b *backend) freeze() (view, *pebble.Snapshot) {
	epoch := b.epoch()
	frozen := b.db.NewSnapshot()
	return view{Reader: frozen, epoch: epoch}, frozen
}

// Read looks one key up in the present, and several in a snapshot, which makes
// them one point in time.
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
		err = translate(closeErr)
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
		return translate(err)
	}
	version, value, err := split(stored)
	into.Value, into.Version, into.Exists = bytes.Clone(value), version, true
	if closeErr := closer.Close(); err == nil {
		err = translate(closeErr)
	}
	return err
}

// pageBytes bounds the values of a page; one larger value still makes a page.
const pageBytes = 1 << 20

// Scan reads one page with one iterator, which is one point in time.
func (b *backend) Scan(ctx context.Context, namespace string, r driver.Range, limit int) (driver.Page, error) {
	if err := b.ready(ctx); err != nil {
		return driver.Page{}, err
	}
	return b.now().scan(ctx, namespace, r, limit)
}

func (v view) scan(ctx context.Context, namespace string, r driver.Range, limit int) (page driver.Page, err error) {
	lower, upper := bounds(namespace, r)
	it, err := v.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return page, translate(err)
	}
	defer func() {
		if closeErr := it.Close(); err == nil {
			err = translate(closeErr)
		}
	}()
	page.Epoch = driver.Version(v.epoch)
	size := 0
	for ok := it.First(); ok; ok = it.Next() {
		if len(page.Rows) == limit || size >= pageBytes {
			page.More = true
			return page, nil
		}
		row, err := rowAt(it, page.Rows)
		if err != nil {
			return driver.Page{}, err
		}
		page.Rows = append(page.Rows, row)
		size += len(row.Value)
		if err := ctx.Err(); err != nil {
			return driver.Page{}, err
		}
	}
	return page, nil
}

// rowAt is the record at the iterator. Rows before it lend it their family.
func rowAt(it *pebble.Iterator, before []driver.Row) (driver.Row, error) {
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
	return driver.Row{Key: key, Value: bytes.Clone(value), Version: version}, nil
}

// versioned is the version and the value at the iterator.
func versioned(it *pebble.Iterator) (driver.Version, []byte, error) {
	stored, err := it.ValueAndErr()
	if err != nil {
		return 0, nil, translate(err)
	}
	return split(stored)
}

// errForeignKey: somebody else wrote into the directory.
var errForeignKey = fmt.Errorf("%w: a key that this package did not write", driver.ErrCorrupt)
