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

// view is the engine, or a snapshot of it, with the number of a commit that it
// is sure to hold.
type view struct {
	pebble.Reader
	horizon uint64
}

// now is a view of the present. The order matters, see versions.
func (b *backend) now() view {
	horizon := b.versions.stamped.Load()
	return view{Reader: b.db, horizon: horizon}
}

// freeze is a view that stays.
func (b *backend) freeze() (view, *pebble.Snapshot) {
	horizon := b.versions.stamped.Load()
	frozen := b.db.NewSnapshot()
	return view{Reader: frozen, horizon: horizon}, frozen
}

// Read looks one key up in the present, and several in a snapshot, which makes
// them one point in time.
func (b *backend) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	if len(keys) == 1 {
		return b.read(b.now(), namespace, keys, into)
	}
	v, frozen := b.freeze()
	err := b.read(v, namespace, keys, into)
	if closeErr := frozen.Close(); err == nil {
		err = translate(closeErr)
	}
	return err
}

var keyBufs = sync.Pool{New: func() any { b := make([]byte, 0, 128); return &b }}

func (b *backend) read(v view, namespace string, keys []driver.Key, into []driver.Record) error {
	buf := keyBufs.Get().(*[]byte)
	defer keyBufs.Put(buf)
	for i := range keys {
		e := appendKey((*buf)[:0], namespace, keys[i])
		*buf = e.bytes
		if err := b.get(v, e, &into[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *backend) get(v view, e encoded, into *driver.Record) error {
	value, closer, err := v.Get(e.bytes)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		*into = driver.Record{}
	case err != nil:
		return translate(err)
	default:
		*into = driver.Record{Value: bytes.Clone(value), Exists: true}
		if err := closer.Close(); err != nil {
			return translate(err)
		}
	}
	into.Version = b.versions.recordAt(v.horizon, b.versions.spot(e))
	return nil
}

// pageBytes bounds the values of a page; one larger value still makes a page.
const pageBytes = 1 << 20

// Scan reads one page with one iterator, which is one point in time.
func (b *backend) Scan(ctx context.Context, namespace string, r driver.Range, limit int) (driver.Page, error) {
	if err := b.ready(ctx); err != nil {
		return driver.Page{}, err
	}
	var epoch driver.Version
	if oneFamily(r) {
		epoch = b.versions.epoch(b.versions.familySpot(appendKey(nil, namespace, r.From)))
	}
	page, err := b.scan(ctx, b.now(), namespace, r, limit)
	page.Epoch = epoch
	return page, err
}

func (b *backend) scan(ctx context.Context, v view, namespace string, r driver.Range, limit int) (page driver.Page, err error) {
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
	size := 0
	for ok := it.First(); ok; ok = it.Next() {
		if len(page.Rows) == limit || size >= pageBytes {
			page.More = true
			return page, nil
		}
		row, err := b.row(v, it, page.Rows)
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

// row is the record at the iterator. Rows before it lend it their family.
func (b *backend) row(v view, it *pebble.Iterator, before []driver.Row) (driver.Row, error) {
	e, ok := parse(it.Key())
	if !ok {
		return driver.Row{}, errForeignKey
	}
	value, err := it.ValueAndErr()
	if err != nil {
		return driver.Row{}, translate(err)
	}
	key := driver.Key{ID: string(e.id())}
	family := e.familyName()
	if n := len(before); n > 0 && before[n-1].Key.Family == string(family) {
		key.Family = before[n-1].Key.Family
	} else {
		key.Family = string(family)
	}
	return driver.Row{
		Key:     key,
		Value:   bytes.Clone(value),
		Version: b.versions.recordAt(v.horizon, b.versions.spot(e)),
	}, nil
}

// errForeignKey: somebody else wrote into the directory.
var errForeignKey = fmt.Errorf("%w: a key that this package did not write", driver.ErrCorrupt)
