package pebblestore

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore/internal/guard"
)

// Options configure a store. The zero value, and nil, mean the defaults.
type Options struct {
	// Store holds the options that every backend has: limits, retries,
	// tracing.
	Store store.Options
	// CacheBytes is the size of the cache of uncompressed blocks, in
	// bytes. The store takes this memory as it reads. Zero means 64 MiB.
	CacheBytes int64
	// ReadOnly opens an existing store and changes nothing in its
	// directory, which may be on a medium that cannot be written. Several
	// processes can read at the same time, but not while one writes.
	// Commits answer [store.ErrReadOnly].
	ReadOnly bool
	// MustExist makes Open return an error if there is no store, instead
	// of making one. Set it once the store exists: a wrong path is then an
	// error, and not a store without records.
	MustExist bool
	// Logger receives the engine's messages: failures at level error,
	// everything else at level debug. They contain no id, value, namespace
	// or path. With ReadOnly, Open logs one line at level info with the
	// kind of lock: "shared", "exclusive" (on Windows, which has no
	// other), or "none" if the directory cannot be locked. With "none",
	// make sure that nothing writes to the directory. Nil means no
	// messages.
	Logger *slog.Logger

	// For tests.
	fs       vfs.FS                    // nil means the operating system's, with private modes
	memTable uint64                    // bytes; 0 means memTableBytes
	format   pebble.FormatMajorVersion // of a new store; 0 means format.Version
}

func (o *Options) claim() guard.Options {
	return guard.Options{FS: o.fs, ReadOnly: o.ReadOnly, MustExist: o.MustExist}
}

const (
	defaultCacheBytes = 64 << 20
	memTableBytes     = 32 << 20
	smallTables       = 32 // tables of one flush each, before they are merged
)

// engineOptions configures the engine. What is not set here is the engine's
// default.
func engineOptions(o *Options, cache *pebble.Cache, files *guard.FS, log *engineLog) *pebble.Options {
	e := &pebble.Options{
		Cache:              cache,
		FS:                 files,
		Logger:             log,
		EventListener:      log.events(),
		ReadOnly:           o.ReadOnly,
		ErrorIfExists:      !files.Exists(),
		ErrorIfNotExists:   files.Exists(),
		FormatMajorVersion: files.Version(),
		// Larger memtables mean fewer rotations of the log. Commits
		// wait for those.
		MemTableSize:                memTableSize(o),
		MemTableStopWritesThreshold: 4,
		// Each Close leaves a table. The engine's default is 500.
		L0CompactionFileThreshold: smallTables,
	}
	if o.format != 0 && !files.Exists() {
		e.FormatMajorVersion = o.format
	}
	for i := range e.Levels {
		e.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // absent ids cost no disk read
	}
	return e
}

// memTableSize is roughly the size of a log too.
func memTableSize(o *Options) uint64 { return orDefault(o.memTable, memTableBytes) }

func orDefault[T comparable](set, def T) T {
	var zero T
	if set == zero {
		return def
	}
	return set
}
