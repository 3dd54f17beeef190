package pebblestore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// backend is the driver over one open directory.
type backend struct {
	db       *pebble.DB
	applied  atomic.Uint64 // the last commit that every new view holds
	recent   *recent
	fail     *failure
	files    *guard
	home     home
	readOnly bool
	lock     *lock

	submitted chan *request // to the applier
	last      uint64        // number of the last commit applied; the applier's
	clears    int64         // how many commits cleared; the applier's
	ended     chan struct{} // closed when the applier has ended
	flushed   flushed

	inUse  sync.RWMutex // read-held by Metrics and Checkpoint, which store does not count
	closed bool
}

var (
	_ driver.Driver          = (*backend)(nil)
	_ driver.Snapshotter     = (*backend)(nil)
	_ driver.NamespaceLister = (*backend)(nil)
)

// Info describes the backend.
func (b *backend) Info() driver.Info {
	return driver.Info{
		Durability: driver.PowerLoss,
		Limits: driver.Limits{
			IDBytes:     1 << 16,
			ValueBytes:  1 << 30,
			CommitBytes: 1 << 30, // the engine's batches end at 4 GiB
		},
		CertainOutcome: true,
	}
}

// ready reports what keeps a call from being served.
func (b *backend) ready(ctx context.Context) error {
	if err := b.fail.err(); err != nil {
		return err
	}
	return ctx.Err()
}

// engine runs what may wait for the engine's locks, or fail for good, in a
// goroutine that can be abandoned.
func (b *backend) engine(op func() error) error { return abandonable(b.fail, op) }

func abandonable(fail *failure, op func() error) error {
	if err := fail.err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				fail.set(enginePanic(v))
			}
		}()
		done <- op()
	}()
	select {
	case err := <-done:
		return err
	case <-fail.failed:
		return fail.err()
	}
}

// use is engine for calls that store does not hold back from Close.
func (b *backend) use(op func() error) error {
	b.inUse.RLock()
	defer b.inUse.RUnlock()
	if b.closed {
		return driver.ErrClosed
	}
	return b.engine(op)
}

// Close flushes what only the log holds, so that a store at rest consists of
// checksummed tables, and gives the directory free. A failed engine is
// abandoned: once it can no longer reach the directory, that is free too.
func (b *backend) Close() error {
	b.inUse.Lock()
	b.closed = true
	b.inUse.Unlock()
	close(b.submitted)
	err := b.engine(func() error {
		<-b.ended
		if b.last > 0 { // else Open has flushed what there was
			if err := b.db.Flush(); err != nil {
				return translate(err)
			}
		}
		if err := b.tidy(); err != nil {
			return translate(err)
		}
		if err := b.db.Close(); err != nil {
			return translate(err)
		}
		if !b.readOnly {
			b.files.do(b.removeLogs)
		}
		return nil
	})
	if err != nil {
		b.fail.set(engineFailure(err)) // the engine may run on: nothing of it may reach the directory
	}
	b.files.fence()
	if lockErr := b.lock.Close(); err == nil && lockErr != nil {
		err = translate(lockErr)
	}
	return err
}

// A Clear leaves a tombstone, and listings pass by every one of them. That many
// of them, and that few bytes of tables for each, are worth making new tables.
const (
	manyClears    = 1000
	bytesPerClear = 4 << 10
)

// tidy drops what was cleared since Open, if it takes no longer than the clearing
// did.
func (b *backend) tidy() error {
	if b.clears < manyClears {
		return nil
	}
	if total := b.db.Metrics().Total(); total.AggregateSize() > b.clears*bytesPerClear {
		return nil
	}
	first, last := []byte{kindRecord}, []byte{kindRecord + 1} // of which none is a record's key
	if err := b.cover(first, last); err != nil {
		return err
	}
	return b.db.Compact(context.Background(), first, last, false)
}

// cover adds a table that overlaps with all others between two keys that do not
// exist. The engine moves a table that overlaps with none to another level as it
// is, with its tombstones.
func (b *backend) cover(first, last []byte) error {
	batch := b.db.NewBatch()
	if err := errors.Join(batch.Delete(first, nil), batch.Delete(last, nil)); err != nil {
		return err
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	return b.db.Flush()
}

// removeLogs closes the ledger and removes what does not matter from then on. What
// a kill leaves of it is the engine's to remove.
func (b *backend) removeLogs() error {
	logs, err := b.files.ledger.close()
	for _, name := range logs {
		if err == nil {
			err = b.home.fs.Remove(b.home.path(name))
		}
	}
	return err
}
