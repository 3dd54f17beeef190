package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// Open opens the store in the directory. If there is none, it makes one, and the
// directory with at most one directory above it, unless Options.MustExist is set.
// The directory stays this store's until Close.
//
// Errors: [ErrLocked] if the directory is open elsewhere, [store.ErrUnavailable]
// if it cannot be used (with [fs.ErrNotExist] if there is no store and it must
// exist), [store.ErrInvalid] if it holds something else than a store, can be
// written by its group or others, or has a link where a file should be,
// [store.ErrCorrupt] if the store in it is damaged or pieces of it are missing,
// what [store.New] answers to the options, and ctx's. Nothing was changed if the
// directory is open elsewhere or holds something else, or if ctx had ended.
// After an error the directory is free again.
func Open(ctx context.Context, dir string, o *Options) (st *store.Store, err error) {
	if o == nil {
		o = &Options{}
	}
	d, err := NewDriver(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if st == nil { // New failed, or what it called has panicked
			err = errors.Join(err, d.Close())
		}
	}()
	return store.New(ctx, d, &o.Store)
}

// NewDriver is [Open] without the store: for [store.New], or for a driver
// around it. Options.Store does not matter here.
func NewDriver(ctx context.Context, dir string, o *Options) (driver.Driver, error) {
	if o == nil {
		o = &Options{}
	}
	b, err := openWhile(ctx, dir, o)
	if err != nil {
		return nil, &store.Error{Op: "open", Err: err}
	}
	return &handle{hidden.To(b)}, nil
}

// openWhile is openBackend, undone if ctx has ended meanwhile. The engine
// cannot be told to stop opening, but nothing that it waits for is far away.
func openWhile(ctx context.Context, dir string, o *Options) (*backend, error) {
	if ctx == nil {
		return nil, fmt.Errorf("%w: nil context", driver.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := openBackend(dir, o)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func openBackend(dir string, o *Options) (*backend, error) {
	if o.CacheBytes < 0 {
		return nil, fmt.Errorf("%w: Options.CacheBytes is negative: %d", driver.ErrInvalid, o.CacheBytes)
	}
	h, err := newHome(dir, o)
	if err != nil {
		return nil, err
	}
	if err := h.look(o.mustExist()); err != nil {
		return nil, err
	}
	lock, err := h.take(o.ReadOnly)
	if err != nil {
		return nil, err
	}
	b, err := h.open(o, lock)
	if err != nil {
		return nil, errors.Join(err, translate(lock.Close()))
	}
	if o.ReadOnly && o.Logger != nil {
		o.Logger.Info("opened for reading", slog.String("lock", string(lock.kind)))
	}
	return b, nil
}

// open starts the engine in a locked directory.
func (h home) open(o *Options, lock *lock) (*backend, error) {
	exists, foreign, err := h.inspect(o)
	if err != nil {
		return nil, err
	}
	fail := newFailure()
	files := &guard{
		FS: ours{h.fs, foreign}, dir: h.dir, still: lock.still,
		fail: fail, ahead: int(min(maxAhead, memTableSize(o)/4)), lag: lateBy,
	}
	b := &backend{
		recent: newRecent(recentEntries), fail: fail, files: files,
		home: h, readOnly: o.ReadOnly, lock: lock,
	}
	// The engine may call Fatalf, or be parked, while it opens.
	if err := b.engine(func() (err error) { b.db, err = h.openEngine(o, files, exists); return err }); err != nil {
		files.fence()
		return nil, err
	}
	b.start()
	return b, nil
}

// openEngine opens the engine and completes a new store.
func (h home) openEngine(o *Options, files *guard, exists bool) (*pebble.DB, error) {
	cache := pebble.NewCache(orDefault(o.CacheBytes, defaultCacheBytes))
	defer cache.Unref()
	options := engineOptions(o, cache, files, &engineLog{to: o.Logger, dir: h.dir, fail: files.fail})
	options.ErrorIfNotExists, options.ErrorIfExists = exists, !exists
	if !o.ReadOnly {
		if err := h.prepare(files, exists); err != nil {
			return nil, err
		}
	}
	db, err := pebble.Open(h.dir, options)
	if err != nil {
		return nil, damaged(err)
	}
	if !o.ReadOnly {
		if err := h.finish(db, files.ledger, exists); err != nil {
			return nil, errors.Join(translate(err), translate(db.Close()))
		}
	}
	return db, nil
}

// prepare clears the way for the engine and begins the ledger.
func (h home) prepare(files *guard, exists bool) (err error) {
	var noted []*entry
	if exists {
		noted, err = h.readLedger()
	} else {
		noted, err = h.begin()
	}
	if err != nil {
		return err
	}
	files.ledger, err = newLedger(h, noted, !exists)
	return translate(err)
}

// finish has the engine write to its manifest, and completes a new store. A
// checkpoint gets an empty manifest if nothing was written to it since the engine
// opened. In a new store, it has made its first log in an older format, which
// tells less of damage: no commit goes there.
func (h home) finish(db *pebble.DB, l *ledger, exists bool) error {
	if err := db.Flush(); err != nil || exists {
		return err
	}
	if err := h.complete(); err != nil {
		return err
	}
	l.complete()
	return nil
}

// damaged is translate for an engine that does not open: what is not the
// operating system's refusal is damage.
func damaged(err error) error {
	e := translate(err)
	var errno syscall.Errno
	if !errors.Is(e, driver.ErrCorrupt) && !errors.As(err, &errno) {
		return fmt.Errorf("%w: %s", driver.ErrCorrupt, safeText(err))
	}
	return e
}
