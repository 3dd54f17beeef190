package pebblestore

import (
	"context"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// request is a commit in the engine's terms. It is made on the goroutine of the
// caller, so that the applier has the least to do, and shares no memory with the
// caller's Commit: the caller may have gone when a failing engine comes to it.
type request struct {
	batch     *pebble.Batch // nil: only check
	namespace uint64        // its hash
	checks    []check
	ranges    []rangeCheck
	clear     bool
	touched   []uint64   // hashes of what the batch changes
	number    uint64     // of this commit or, if it only checks, of the last before it
	done      chan error // the applier's answer, for which it has room
	keys      []byte     // of the checks, one after the other
	buf       []byte
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan error, 1)} }}

// recycle keeps the memory for the next commit. Only who has had the answer may
// call it.
func (r *request) recycle() {
	if r.batch != nil {
		_ = r.batch.Close() // returns the batch to the engine's pool; it cannot fail once committed
	}
	clear(r.ranges)
	r.batch, r.clear = nil, false
	r.checks, r.ranges, r.touched, r.keys = r.checks[:0], r.ranges[:0], r.touched[:0], r.keys[:0]
	requests.Put(r)
}

// Commit hands the commit to the applier and then waits for its flush.
func (b *backend) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	writes := !c.OnlyChecks()
	if writes && b.readOnly {
		return driver.ErrReadOnly
	}
	r := requests.Get().(*request)
	err := b.prepare(r, namespace, c)
	if err == nil && writes {
		err = translate(b.addWrites(r, namespace, c))
	}
	if err != nil {
		r.recycle()
		return err
	}
	select {
	case b.submitted <- r:
	case <-b.fail.failed:
		return b.fail.err()
	}
	return b.await(r)
}

// await is the applier's answer, which a failing engine may owe for ever, and
// that of the disk.
func (b *backend) await(r *request) error {
	select {
	case err := <-r.done:
		if err == nil {
			err = b.flush(r)
		}
		r.recycle()
		return err
	case <-b.fail.failed:
		return b.fail.inFlight()
	}
}

// flush waits until the commit is on the disk. One that only checks waits for
// those whose writes it may have read. Nothing is acknowledged without a look at
// the mark.
func (b *backend) flush(r *request) error {
	if r.batch == nil {
		b.flushed.wait(r.number, b.fail.failed)
		return b.fail.err()
	}
	if err := r.batch.SyncWait(); err != nil {
		b.fail.set(engineFailure(err))
	}
	if b.fail.err() != nil {
		return b.fail.inFlight()
	}
	b.flushed.reach(r.number)
	return nil
}

func (b *backend) addWrites(r *request, namespace string, c *driver.Commit) error {
	r.batch = b.db.NewBatchWithSize(batchBytes(namespace, c))
	for _, span := range c.Deletes {
		r.clear = r.clear || span == driver.Visible
		lower, upper := bounds(namespace, span)
		if err := r.batch.DeleteRange(lower, upper, nil); err != nil {
			return err
		}
	}
	if len(c.Deletes) > 0 {
		r.touched = append(r.touched, r.namespace)
	}
	for i := range c.Writes {
		w := &c.Writes[i]
		e := appendKey(r.buf[:0], namespace, w.Key)
		r.buf = e.bytes
		r.touched = append(r.touched, b.recent.hash(e.bytes))
		if i == 0 || c.Writes[i-1].Key.Family != w.Key.Family {
			r.touched = append(r.touched, b.recent.hash(e.bytes[:e.family]))
		}
		if err := r.addWrite(e.bytes, w, c.Stamp); err != nil {
			return err
		}
	}
	return nil
}

func (r *request) addWrite(key []byte, w *driver.Write, stamp driver.Version) error {
	if w.Delete {
		return r.batch.Delete(key, nil)
	}
	op := r.batch.SetDeferred(len(key), versionBytes+len(w.Value))
	copy(op.Key, key)
	putVersion(op.Value, stamp)
	copy(op.Value[versionBytes:], w.Value)
	return op.Finish()
}

// batchBytes is room enough for the batch: 12 bytes are its header, 11 the kind
// and two lengths of an entry.
func batchBytes(namespace string, c *driver.Commit) int {
	n := 12
	for _, span := range c.Deletes {
		n += 11 + keyLen(namespace, span.From) + keyLen(namespace, span.To)
	}
	for i := range c.Writes {
		w := &c.Writes[i]
		n += 11 + keyLen(namespace, w.Key)
		if !w.Delete {
			n += versionBytes + len(w.Value)
		}
	}
	return n
}
