package pebblestore

import (
	"context"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// request is a commit in the engine's terms. The caller's goroutine makes it,
// so that the applier has little to do. It shares no memory with the caller's
// Commit: a failing engine may use it after the caller has gone.
type request struct {
	batch     *pebble.Batch // nil: only check
	namespace uint64        // its hash
	checks    []check
	ranges    []rangeCheck
	clear     bool
	touched   []uint64   // hashes of what the batch changes
	number    uint64     // of this commit; of the last one before it, if it only checks
	done      chan error // the applier's answer; has room for it
	keys      []byte     // of the checks, one after the other
	buf       []byte
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan error, 1)} }}

// recycle keeps the memory for the next commit. Call it only after the applier
// has answered, or if it never got the request.
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
		err = fault.Translate(b.addWrites(r, namespace, c))
	}
	if err != nil {
		r.recycle()
		return err
	}
	select {
	case b.submitted <- r:
	case <-b.fail.Failed():
		return b.fail.Err()
	}
	return b.await(r)
}

// await waits for the applier's answer and then for the flush. If the engine
// fails, neither may ever come: the mark ends the wait.
func (b *backend) await(r *request) error {
	select {
	case err := <-r.done:
		if err == nil {
			err = b.flush(r)
		}
		r.recycle()
		return err
	case <-b.fail.Failed():
		return b.fail.InFlight()
	}
}

// flush waits until the commit is on the disk. A commit that only checks waits
// for the commits whose writes it may have read. Every path looks at the mark
// before it acknowledges.
func (b *backend) flush(r *request) error {
	if r.batch == nil {
		b.flushed.wait(r.number, b.fail.Failed())
		return b.fail.Err()
	}
	if err := r.batch.SyncWait(); err != nil {
		b.fail.Set(fault.Failure(err))
	}
	if b.fail.Err() != nil {
		return b.fail.InFlight()
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

// batchBytes bounds the size of the batch, in bytes: 12 for its header, 11 for
// the kind and the two lengths of each entry.
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
