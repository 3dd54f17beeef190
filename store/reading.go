package store

import (
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// reading is one driver read: its arguments, which pass through an interface
// and would be allocated for each, and the stripe in which it is counted. They
// are pooled, so a processor mostly finds the stripe that it had before.
type reading struct {
	stripe  stripe
	keys    []driver.Key
	records []driver.Record
}

var readings = sync.Pool{New: func() any { return &reading{stripe: nextStripe()} }}

// keptKeys bounds the storage that is kept, in keys.
const keptKeys = 256

// newReading asks for the records of one family. Whoever asks calls free, but not
// after a panic or an error: a driver that, against the rules, is not through with
// the slices must not come upon another's.
func newReading(family string, ids []string) *reading {
	r := readings.Get().(*reading)
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
func (r *reading) value(i int) (value []byte, exists bool) {
	if one := &r.records[i]; one.Exists {
		return own(one.Value, one.Shared), true
	}
	return nil, false
}

// free ends the reading. It keeps no id and no value alive.
func (r *reading) free() {
	if cap(r.keys) > keptKeys {
		return
	}
	clear(r.keys)
	clear(r.records)
	readings.Put(r)
}
