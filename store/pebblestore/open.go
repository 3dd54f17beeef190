package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/guard"
)

// ErrLocked is the error of Open for a directory that is open already, in this
// process or another. It wraps [store.ErrUnavailable]. The text of the error
// names the process if the system tells.
var ErrLocked = guard.ErrLocked

// Open opens the store in the directory. If there is none, it makes one, and
// the directory with at most one directory above it, unless Options.MustExist
// is set. The directory belongs to this store until Close.
//
// Errors: [ErrLocked] if the directory is open elsewhere,
// [store.ErrUnavailable] if it cannot be used (with [fs.ErrNotExist] if there
// is no store and it must exist), [store.ErrInvalid] if it holds something
// else than a store, can be written by its group or others, or has a link
// where a file should be, [store.ErrCorrupt] if the store in it is damaged or
// pieces of it are missing, the errors of [store.New], and ctx's. If the
// directory is open elsewhere or holds something else, or if ctx had ended,
// nothing was changed. After an error the directory is free again.
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

// NewDriver opens the directory as Open does and returns the bare driver, for
// [store.New] or for a driver around it. Options.Store is not used.
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

// openWhile is openBackend, but closes the backend if ctx has ended meanwhile.
// The engine cannot be interrupted while it opens, but it waits only for the
// disk.
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
	d, err := guard.Claim(dir, o.claim())
	if err != nil {
		return nil, err
	}
	b, err := openIn(d, o)
	if err != nil {
		return nil, errors.Join(err, d.Release())
	}
	if o.ReadOnly && o.Logger != nil {
		o.Logger.Info("opened for reading", slog.String("lock", d.Lock()))
	}
	return b, nil
}

// openIn starts the engine in a locked directory.
func openIn(d *guard.Dir, o *Options) (*backend, error) {
	fail := fault.NewMark()
	files, err := d.Files(fail, int(min(guard.MaxAhead, memTableSize(o)/4)))
	if err != nil {
		return nil, err
	}
	b := &backend{
		recent: newRecent(recentEntries), fail: fail, files: files,
		dir: d, readOnly: o.ReadOnly,
	}
	// The engine may call Fatalf, or block for good, while it opens.
	if err := b.engine(func() (err error) { b.db, err = openEngine(d, o, files, fail); return err }); err != nil {
		files.Fence()
		return nil, err
	}
	b.start()
	return b, nil
}

// openEngine opens the engine and completes a new store.
func openEngine(d *guard.Dir, o *Options, files *guard.FS, fail *fault.Mark) (*pebble.DB, error) {
	cache := pebble.NewCache(orDefault(o.CacheBytes, defaultCacheBytes))
	defer cache.Unref()
	if !o.ReadOnly {
		if err := files.Begin(); err != nil {
			return nil, err
		}
	}
	db, err := pebble.Open(d.Path(), engineOptions(o, cache, files, &engineLog{to: o.Logger, dir: d.Path(), fail: fail}))
	if err != nil {
		return nil, fault.Damaged(err)
	}
	if !o.ReadOnly {
		if err := finish(db, files); err != nil {
			return nil, errors.Join(err, fault.Translate(db.Close()))
		}
	}
	return db, nil
}

// finish flushes the engine, and then completes a new store. The flush makes
// the engine write to its manifest and begin another log:
//
// A checkpoint gets an empty manifest if the engine has written nothing to it
// since it opened. And the engine makes the first log of a new store in an
// older format, in which less damage can be found: no commit goes there.
func finish(db *pebble.DB, files *guard.FS) error {
	if err := db.Flush(); err != nil {
		return fault.Translate(err)
	}
	if files.Exists() {
		return nil
	}
	return files.Complete()
}
