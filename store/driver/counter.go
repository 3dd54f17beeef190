package driver

import "context"

// Counter is an optional power: counting records without reading their values.
// Whoever needs it asks [As]; a [Snapshot] may have it too. Without it, store
// scans with Query.KeysOnly.
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
