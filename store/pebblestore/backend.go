package pebblestore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/guard"
)

// backend is the driver over one open directory.
type backend struct {
	db       *pebble.DB
	applied  atomic.Uint64 // the last commit that every new view includes
	recent   *recent
	fail     *fault.Mark
	files    *guard.FS
	dir      *guard.Dir
	readOnly bool

	submitted chan *request // to the applier
	last      uint64        // number of the last commit applied; used by the applier
	clears    int64         // how many commits cleared; used by the applier
	ended     chan struct{} // closed when the applier has ended
	flushed   flushed

	inUse  sync.RWMutex // read-held by Metrics and Checkpoint: package store does not count them
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

// ready returns the error that keeps a call from being served.
func (b *backend) ready(ctx context.Context) error {
	if err := b.fail.Err(); err != nil {
		return err
	}
	return ctx.Err()
}

// engine runs op in a goroutine that can be abandoned: op may wait for the
// engine's locks, or be blocked for good by its failure.
func (b *backend) engine(op func() error) error { return abandonable(b.fail, op) }

func abandonable(fail *fault.Mark, op func() error) error {
	if err := fail.Err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				fail.Set(fault.Panic(v))
			}
		}()
		done <- op()
	}()
	select {
	case err := <-done:
		return err
	case <-fail.Failed():
		return fail.Err()
	}
}

// use is engine for calls that package store does not count: they must not run
// while or after Close runs.
func (b *backend) use(op func() error) error {
	b.inUse.RLock()
	defer b.inUse.RUnlock()
	if b.closed {
		return driver.ErrClosed
	}
	return b.engine(op)
}

// Close flushes what only the log holds, so that a closed store consists of
// checksummed tables, and releases the directory. A failed engine is
// abandoned; the directory is released once the engine cannot reach it any
// more.
func (b *backend) Close() error {
	b.inUse.Lock()
	b.closed = true
	b.inUse.Unlock()
	close(b.submitted)
	err := b.engine(func() error {
		<-b.ended
		if b.last > 0 { // else Open has flushed what there was
			if err := b.db.Flush(); err != nil {
				return fault.Translate(err)
			}
		}
		if err := b.tidy(); err != nil {
			return fault.Translate(err)
		}
		if err := b.db.Close(); err != nil {
			return fault.Translate(err)
		}
		if !b.readOnly {
			b.files.End()
		}
		return nil
	})
	if err != nil {
		b.fail.Set(fault.Failure(err)) // if the engine still runs, it must not reach the directory
	}
	b.files.Fence()
	if releaseErr := b.dir.Release(); err == nil {
		err = releaseErr
	}
	return err
}

// A Clear leaves a tombstone, and a listing passes every tombstone. New tables
// without them are worth their cost from so many clears on, and up to so many
// bytes of tables for each clear.
const (
	manyClears    = 1000
	bytesPerClear = 4 << 10
)

// tidy removes from the tables what was cleared since Open, unless that takes
// longer than the clearing did.
func (b *backend) tidy() error {
	if b.clears < manyClears {
		return nil
	}
	if total := b.db.Metrics().Total(); total.AggregateSize() > b.clears*bytesPerClear {
		return nil
	}
	first, last := []byte{kindRecord}, []byte{kindRecord + 1} // neither is a record's key
	if err := b.cover(first, last); err != nil {
		return err
	}
	return b.db.Compact(context.Background(), first, last, false)
}

// cover adds a table that overlaps all others: from one key that does not
// exist to another. The engine moves a table that overlaps no other to the
// next level unchanged, with its tombstones.
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
