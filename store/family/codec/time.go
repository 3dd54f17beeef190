package codec

import (
	"errors"
	"math"
	"time"
)

// The times that are stored: JSON has no other years, and nanoseconds since
// 1970 have 64 bits.
const (
	firstMilli = -62135596800000 // the zero time
	lastMilli  = 253402300799999
	zeroNanos  = math.MinInt64 // stands for the zero time in lists and maps
)

var (
	errYear  = errors.New("year outside of 1 to 9999")
	errNanos = errors.New("year outside of 1678 to 2261")
)

// Millis writes a field: the milliseconds since 1970. The rest is cut off.
func (e *Encoder) Millis(number int, name string, v time.Time) {
	e.Int64(number, e.millis(name, v))
}

// MillisList writes a field that holds a list.
func (e *Encoder) MillisList(number int, name string, list []time.Time) {
	e.times(number, name, list, e.millis)
}

// Nanos writes a field: the nanoseconds since 1970.
func (e *Encoder) Nanos(number int, name string, v time.Time) {
	e.Int64(number, e.nanos(name, v))
}

// NanosList writes a field that holds a list.
func (e *Encoder) NanosList(number int, name string, list []time.Time) {
	e.times(number, name, list, e.nanos)
}

func (e *Encoder) times(number int, name string, list []time.Time, since1970 func(string, time.Time) int64) {
	m := e.Begin(number)
	for _, v := range list {
		e.bytes = appendVarint(e.bytes, uint64(since1970(name, v)))
	}
	e.End(m)
}

func (e *Encoder) millis(name string, v time.Time) int64 {
	if year := v.UTC().Year(); year < 1 || year > 9999 {
		e.fails(name, errYear)
	}
	return v.UnixMilli()
}

func (e *Encoder) nanos(name string, v time.Time) int64 {
	if v.IsZero() {
		return zeroNanos
	}
	if year := v.UTC().Year(); year < 1678 || year > 2261 {
		e.fails(name, errNanos)
	}
	return v.UnixNano()
}

// Millis reads the current field. The time is in UTC.
func (d *Decoder) Millis(name string) time.Time {
	at := d.pos
	n := d.Int64(name)
	if n < firstMilli || n > lastMilli {
		d.fail(name, at, errYear)
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// Nanos reads the current field. The time is in UTC.
func (d *Decoder) Nanos(name string) time.Time {
	at := d.pos
	n := d.Int64(name)
	if n == zeroNanos {
		return time.Time{}
	}
	t := time.Unix(0, n).UTC()
	if year := t.Year(); year < 1678 || year > 2261 {
		d.fail(name, at, errNanos)
		return time.Time{}
	}
	return t
}
