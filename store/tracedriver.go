package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// tracedDriver tells a tracer of the calls of a driver. Only a store with a
// tracer has one.
type tracedDriver struct {
	driver.Driver
	tracedReader
}

// traced returns the driver to call: without a tracer, d itself.
func (s *settings) traced(d driver.Driver) driver.Driver {
	if s.tracer == nil {
		return d
	}
	return &tracedDriver{d, tracedReader{d, s}}
}

// Unwrap returns the driver whose calls are traced.
func (d *tracedDriver) Unwrap() driver.Driver { return d.Driver }

func (d *tracedDriver) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	return d.tracedReader.Read(ctx, namespace, keys, into)
}

func (d *tracedDriver) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	return d.tracedReader.Scan(ctx, namespace, q)
}

// Count is [ErrUnsupported] if the driver cannot count.
func (d *tracedDriver) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	from, ok := driver.As[driver.Counter](d.Driver)
	if !ok {
		return driver.Counted{}, ErrUnsupported
	}
	return d.count(ctx, from, namespace, r)
}

func (d *tracedDriver) Commit(ctx context.Context, namespace string, c *driver.Commit) (err error) {
	kind := OpDriverCommit
	if c.OnlyChecks() {
		kind = OpDriverCheck
	}
	ctx, op := d.set.trace(ctx, kind, commitFamily(c), &err)
	defer op.end(&err)
	op.asked(len(c.Checks) + len(c.Ranges))
	op.wrote(c.Writes)
	return d.Driver.Commit(ctx, namespace, c)
}

// Snapshot is [ErrUnsupported] if the driver has no snapshots.
func (d *tracedDriver) Snapshot(ctx context.Context, namespace string) (s driver.Snapshot, err error) {
	from, ok := driver.As[driver.Snapshotter](d.Driver)
	if !ok {
		return nil, ErrUnsupported
	}
	ctx, op := d.set.trace(ctx, OpDriverSnapshot, "", &err)
	defer op.end(&err)
	if s, err = from.Snapshot(ctx, namespace); err != nil {
		return nil, err
	}
	return &tracedSnapshot{tracedReader{s, d.set}, s}, nil
}

// Namespaces is [ErrUnsupported] if the driver cannot list them.
func (d *tracedDriver) Namespaces(ctx context.Context, from string, limit int) (names []string, err error) {
	lister, ok := driver.As[driver.NamespaceLister](d.Driver)
	if !ok {
		return nil, ErrUnsupported
	}
	ctx, op := d.set.trace(ctx, OpDriverNamespaces, "", &err)
	defer op.end(&err)
	names, err = lister.Namespaces(ctx, from, limit)
	op.names(len(names))
	return names, err
}

type tracedSnapshot struct {
	tracedReader
	snapshot driver.Snapshot
}

func (s *tracedSnapshot) Close() error { return s.snapshot.Close() }

// Count is [ErrUnsupported] if the snapshot cannot count.
func (s *tracedSnapshot) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	from, ok := driver.CounterOf(s.snapshot)
	if !ok {
		return driver.Counted{}, ErrUnsupported
	}
	return s.count(ctx, from, namespace, r)
}

// tracedReader is the reads of a driver or of a snapshot.
type tracedReader struct {
	from driver.Reader
	set  *settings
}

func (r *tracedReader) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) (err error) {
	ctx, op := r.set.trace(ctx, OpDriverRead, keysFamily(keys), &err)
	defer op.end(&err)
	op.asked(len(keys))
	if err := r.from.Read(ctx, namespace, keys, into); err != nil {
		return err
	}
	for i := range into {
		if into[i].Exists {
			op.found(len(into[i].Value))
		}
	}
	return nil
}

func (r *tracedReader) Scan(ctx context.Context, namespace string, q driver.Query) (page driver.Page, err error) {
	ctx, op := r.set.trace(ctx, OpDriverScan, rangeFamily(q.Range), &err)
	defer op.end(&err)
	page, err = r.from.Scan(ctx, namespace, q)
	for i := range page.Rows {
		op.found(len(page.Rows[i].Value))
	}
	return page, err
}

func (r *tracedReader) count(ctx context.Context, from driver.Counter, namespace string, span driver.Range) (n driver.Counted, err error) {
	ctx, op := r.set.trace(ctx, OpDriverCount, rangeFamily(span), &err)
	defer op.end(&err)
	n, err = from.Count(ctx, namespace, span)
	op.counted(n.Records)
	return n, err
}

// keysFamily is the family of all keys, "" if there are several.
func keysFamily(keys []driver.Key) string {
	for i := range keys {
		if keys[i].Family != keys[0].Family {
			return ""
		}
	}
	return keys[0].Family
}

// rangeFamily returns the family of a range, "" if it may have several.
func rangeFamily(r driver.Range) string {
	if f := r.From.Family; r.To.Family == f || r.To == driver.FamilyEnd(f) {
		return f
	}
	return ""
}

// commitFamily returns the one family that a commit is about, "" if there are
// several or none.
func commitFamily(c *driver.Commit) string {
	family, same := "", true
	see := func(f string) {
		same = same && (family == "" || family == f)
		family = f
	}
	for i := range c.Writes {
		see(c.Writes[i].Key.Family)
	}
	for i := range c.Checks {
		see(c.Checks[i].Key.Family)
	}
	seeRange := func(r driver.Range) {
		see(r.From.Family)
		same = same && rangeFamily(r) != ""
	}
	for i := range c.Ranges {
		seeRange(c.Ranges[i].Range)
	}
	for _, r := range c.Deletes {
		seeRange(r)
	}
	if !same {
		return ""
	}
	return family
}
