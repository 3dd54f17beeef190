package driver

import "context"

// Counter is an optional power: it counts records without reading their values.
// Ask a driver for it with [As], and a snapshot with [CounterOf]. Without it,
// store scans with Query.KeysOnly.
type Counter interface {
	// Count answers how many records the range holds, at one point in time. The
	// error is [ErrUnsupported] if they cannot be counted after all.
	Count(ctx context.Context, namespace string, r Range) (Counted, error)
}

// Counted is the answer of a [Counter].
type Counted struct {
	Records int
	// Epoch, if not zero, is the driver's mark of the time of the count. The check
	// of the range brings it back, see [RangeCheck].
	Epoch Version
}

// CounterOf returns the power of a snapshot to count, if it has that. Nothing
// unwraps a snapshot: a wrapper that makes its own either counts or does not.
func CounterOf(s Reader) (Counter, bool) {
	c, ok := s.(Counter)
	return c, ok
}
