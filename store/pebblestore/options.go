package pebblestore

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store"
)

// Options settle how the directory is opened. The zero value, and nil, mean the
// defaults.
type Options struct {
	// Store settles limits, retries and observation as for every backend.
	Store store.Options
	// CacheBytes is the size of the cache of uncompressed blocks, in bytes. It
	// is memory that the store takes as it reads. Zero means 64 MiB.
	CacheBytes int64
	// ReadOnly opens an existing store without changing its directory, which may
	// be on a medium that cannot be written. Several processes can read at once,
	// and none of them beside one that writes. Commits answer [store.ErrReadOnly].
	ReadOnly bool
	// MustExist keeps Open from making a store: a slip in the path is an error and
	// not a store without records.
	MustExist bool
	// Logger gets the engine's lines: its troubles as errors, its doings at debug
	// level. They hold no id, value, namespace or path. With ReadOnly, a line at info level
	// tells the lock under which the directory is read: "shared", "exclusive"
	// where the system has no other (Windows), or "none" where nothing can be
	// locked. Under "none", nothing may write to the directory. Nil means silence.
	Logger *slog.Logger

	// For tests.
	fs       vfs.FS // nil means the operating system's, with private modes
	memTable uint64 // bytes; 0 means memTableBytes
}

func (o *Options) mustExist() bool { return o.ReadOnly || o.MustExist }

const (
	defaultCacheBytes = 64 << 20
	memTableBytes     = 32 << 20
	smallTables       = 32 // tables of one flush each, before they are made into fewer
)

// engineOptions is how the engine is set up. Everything that is not named here
// is the engine's default.
func engineOptions(o *Options, cache *pebble.Cache, files vfs.FS, log *engineLog) *pebble.Options {
	e := &pebble.Options{
		Cache:         cache,
		FS:            files,
		Logger:        log,
		EventListener: log.events(),
		ReadOnly:      o.ReadOnly,
		// The newest format marks in the log what was flushed, which tells damage
		// in it from a power cut.
		FormatMajorVersion: pebble.FormatNewest,
		// Larger memtables mean fewer rotations of the log, which commits wait for.
		MemTableSize:                memTableSize(o),
		MemTableStopWritesThreshold: 4,
		// Each Close leaves a table. The engine's default is 500.
		L0CompactionFileThreshold: smallTables,
	}
	for i := range e.Levels {
		e.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // absent ids cost no disk read
	}
	return e
}

// memTableSize is about the size of a log too.
func memTableSize(o *Options) uint64 { return orDefault(o.memTable, memTableBytes) }

func orDefault[T comparable](set, def T) T {
	var zero T
	if set == zero {
		return def
	}
	return set
}
