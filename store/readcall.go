package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// reading is one driver read: its arguments, which pass through an interface
// and would be allocated for each, and the stripe in which it is counted. They
// are pooled, so a processor mostly finds the stripe that it had before.
type readCall struct {
	stripe  stripe
	keys    []driver.Key
	records []driver.Record
}

var readCalls = sync.Pool{New: func() any { return &readCall{stripe: nextStripe()} }}

// keptKeys bounds the storage that is kept, in keys.
const keptKeys = 256

// newReadCall asks for the records of one family. Whoever asks calls free, but not
// after a panic or an error: a driver that, against the rules, is not through with
// the slices must not come upon another's.
func newReadCall(family string, ids []string) *readCall {
	r := readCalls.Get().(*readCall)
	if cap(r.keys) < len(ids) {
		r.keys, r.records = make([]driver.Key, len(ids)), make([]driver.Record, len(ids))
	}
	r.keys, r.records = r.keys[:len(ids)], r.records[:len(ids)]
	for i, id := range ids {
		r.keys[i] = driver.Key{Family: family, ID: id}
	}
	return r
}

// value is bytes of the caller's own, if there is a record.
func (r *readCall) value(i int) (value []byte, exists bool) {
	if one := &r.records[i]; one.Exists {
		return own(one.Value, one.Shared), true
	}
	return nil, false
}

// free ends the reading. It keeps no id and no value alive.
func (r *readCall) free() {
	if cap(r.keys) > keptKeys {
		return
	}
	clear(r.keys)
	clear(r.records)
	readCalls.Put(r)
}

// read is one counted driver call.
func (e *engine) read(ctx context.Context, from driver.Reader, namespace string, r *readCall) error {
	if err := e.calls.begin(r.stripe); err != nil {
		return err
	}
	defer e.calls.end(r.stripe)
	return from.Read(ctx, namespace, r.keys, r.records)
}

// scan is one counted driver call.
func (e *engine) scan(ctx context.Context, from driver.Reader, namespace string, r driver.Range, limit int) (driver.Page, error) {
	l := anyStripe()
	if err := e.calls.begin(l); err != nil {
		return driver.Page{}, err
	}
	defer e.calls.end(l)
	page, err := from.Scan(ctx, namespace, r, limit)
	if err == nil && page.More && len(page.Rows) == 0 {
		err = errEmptyPage
	}
	return page, err
}

// errEmptyPage: a walk could not go on from such a page.
var errEmptyPage = fmt.Errorf("%w: the backend answered a page without rows that is not the last", ErrUnavailable)
