package bench

import (
	"bytes"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// BenchmarkPebble compares pebblestore with its engine alone, with the same
// options, reads and synced commits. The engine does not isolate update's read
// from its write.
func BenchmarkPebble(b *testing.B) { compare(b, openPebblestore, openBare) }

type bare struct{ db *pebble.DB }

func openBare(dir string) (peer, error) {
	cache := pebble.NewCache(64 << 20)
	defer cache.Unref()
	o := &pebble.Options{
		Cache:                       cache,
		FormatMajorVersion:          pebble.FormatNewest,
		MemTableSize:                32 << 20,
		MemTableStopWritesThreshold: 4,
		Logger:                      quiet{},
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(filepath.Join(dir, "bare"), o)
	if err != nil {
		return nil, err
	}
	return bare{db}, nil
}

// quiet drops the engine's log lines, which would be among the results.
type quiet struct{}

func (quiet) Infof(string, ...any)           {}
func (quiet) Errorf(string, ...any)          {}
func (quiet) Fatalf(format string, a ...any) { pebble.DefaultLogger.Fatalf(format, a...) }

func bareKey(id string) []byte { return append([]byte(family+"/"), id...) }

func (p bare) load(ids []string, value func() []byte) error {
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		batch := p.db.NewBatch()
		for _, id := range ids[:n] {
			if err := batch.Set(bareKey(id), value(), nil); err != nil {
				return err
			}
		}
		if err := batch.Commit(pebble.Sync); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return p.db.Flush()
}

func (p bare) get(id string) error {
	value, closer, err := p.db.Get(bareKey(id))
	if err != nil {
		return err
	}
	runtime.KeepAlive(bytes.Clone(value))
	return closer.Close()
}

func (p bare) set(id string, value []byte) error {
	return p.db.Set(bareKey(id), value, pebble.Sync)
}

func (p bare) update(id string, value []byte) error {
	if err := p.get(id); err != nil {
		return err
	}
	return p.set(id, value)
}

func (p bare) close() error { return p.db.Close() }
