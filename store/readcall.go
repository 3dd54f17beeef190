package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// readCall is one read of the driver: its arguments, its answers and the
// stripe that counts it. The arguments pass through an interface, so each call
// would allocate them. Instead readCalls are pooled, and a processor mostly
// gets back the stripe that it used before.
type readCall struct {
	stripe  stripe
	keys    []driver.Key
	records []driver.Record
}

var readCalls = sync.Pool{New: func() any { return &readCall{stripe: nextStripe()} }}

// keptKeys is the longest list of keys that the pool keeps.
const keptKeys = 256

// newReadCall prepares a read of records of one family. The caller must call
// free, but not after a panic or an error: a driver that breaks the rules may
// still use the slices, and another call would share them.
func newReadCall(family string, ids []string) *readCall {
	r := roomFor(len(ids))
	for i, id := range ids {
		r.keys[i] = driver.Key{Family: family, ID: id}
	}
	return r
}

// newCallOf is newReadCall for records of several families.
func newCallOf(keys []driver.Key) *readCall {
	r := roomFor(len(keys))
	copy(r.keys, keys)
	return r
}

func roomFor(n int) *readCall {
	r := readCalls.Get().(*readCall)
	if cap(r.keys) < n {
		r.keys, r.records = make([]driver.Key, n), make([]driver.Record, n)
	}
	r.keys, r.records = r.keys[:n], r.records[:n]
	return r
}

// value returns the value of record i, with bytes of the caller's own.
func (r *readCall) value(i int) (value []byte, exists bool) {
	if one := &r.records[i]; one.Exists {
		return own(one.Value, one.Shared), true
	}
	return nil, false
}

// free returns the call to the pool, without its ids and values.
func (r *readCall) free() {
	if cap(r.keys) > keptKeys {
		return
	}
	clear(r.keys)
	clear(r.records)
	readCalls.Put(r)
}

// read is one counted call of the driver.
func (e *engine) read(ctx context.Context, from driver.Reader, namespace string, r *readCall) error {
	if err := e.calls.begin(r.stripe); err != nil {
		return err
	}
	defer e.calls.end(r.stripe)
	return from.Read(ctx, namespace, r.keys, r.records)
}

// scan is one counted call of the driver.
func (e *engine) scan(ctx context.Context, from driver.Reader, namespace string, q driver.Query) (driver.Page, error) {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return driver.Page{}, err
	}
	defer e.calls.end(l)
	page, err := from.Scan(ctx, namespace, q)
	if err == nil && page.More && len(page.Rows) == 0 {
		err = errEmptyPage
	}
	return page, err
}

// count is one counted call of the driver.
func (e *engine) count(ctx context.Context, from driver.Counter, namespace string, r driver.Range) (driver.Counted, error) {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return driver.Counted{}, err
	}
	defer e.calls.end(l)
	return from.Count(ctx, namespace, r)
}

// errEmptyPage: a scan could not go on after such a page.
var errEmptyPage = fmt.Errorf("%w: the backend answered an empty page that is not the last", ErrUnavailable)
