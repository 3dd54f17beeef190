package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keyfam/keyfam/store"
)

// Bench runs the benchmarks that every backend can run, named
// verb/payload/goroutines. Every write has fresh bytes, since some engines
// skip a write that changes nothing. One operation is one verb, whatever its
// size: divide the figure of "get-64" by 64 for one record.
func Bench(b *testing.B, backend Backend) {
	for _, payload := range []int{64, 2048} {
		for _, cell := range benchCells {
			for _, goroutines := range []int{1, 64} {
				name := fmt.Sprintf("%s/%dB/goroutines=%d", cell.name, payload, goroutines)
				b.Run(name, func(b *testing.B) {
					s := benchStore(b, backend, cell.records, payload)
					b.ReportAllocs()
					b.SetBytes(int64(payload * cell.touches))
					b.ResetTimer()
					together(b, goroutines, func(w *benchWorker) error { return cell.op(s, w, payload) })
				})
			}
		}
	}
}

// BenchRecords is the number of records that the random cells use.
const BenchRecords = 100_000

// benchCell is one verb.
type benchCell struct {
	name    string
	records int // there before
	touches int // by one operation
	op      func(s *store.Store, w *benchWorker, payload int) error
}

var benchCells = []benchCell{
	{"get", BenchRecords, 1, func(s *store.Store, w *benchWorker, _ int) error {
		_, _, err := s.Get(w.ctx, "session", w.id())
		return err
	}},
	{"get-64", BenchRecords, 64, func(s *store.Store, w *benchWorker, _ int) error {
		_, err := s.GetMany(w.ctx, "session", w.ids(64)...)
		return err
	}},
	{"set", BenchRecords, 1, func(s *store.Store, w *benchWorker, payload int) error {
		var ds store.DataSet
		ds.Put("session", w.id(), w.bytes(payload))
		return s.Set(w.ctx, &ds)
	}},
	{"set-64", BenchRecords, 64, func(s *store.Store, w *benchWorker, payload int) error {
		var ds store.DataSet
		for _, id := range w.ids(64) {
			ds.Put("session", id, w.bytes(payload))
		}
		return s.Set(w.ctx, &ds)
	}},
	{"read-modify-write-hot", BenchRecords, 1, func(s *store.Store, w *benchWorker, payload int) error {
		return w.rewrite(s, "hot", benchIDs()[0], payload)
	}},
	{"read-modify-write-random", BenchRecords, 1, func(s *store.Store, w *benchWorker, payload int) error {
		id := w.id()
		return w.rewrite(s, id, id, payload)
	}},
	{"scan-10000", 10_000, 10_000, func(s *store.Store, w *benchWorker, _ int) error {
		for _, err := range s.Scan(w.ctx, "session", "") {
			if err != nil {
				return err
			}
		}
		return nil
	}},
}

// rewrite reads a record and writes it back, changed, in a transaction.
func (w *benchWorker) rewrite(s *store.Store, label, id string, payload int) error {
	return s.Transaction(w.ctx, label, func(ctx context.Context, tx *store.Tx) error {
		value, ok, err := tx.Get(ctx, "session", id)
		if err != nil || !ok || len(value) != payload {
			return fmt.Errorf("record: %v, %w", ok, err)
		}
		copy(value, w.bytes(payload))
		var ds store.DataSet
		ds.Put("session", id, value)
		return tx.Set(ctx, &ds)
	})
}

// benchIDs are made before the clock starts: making an id is the caller's
// work.
var benchIDs = sync.OnceValue(func() []string {
	ids := make([]string, BenchRecords)
	for i := range ids {
		ids[i] = "1234567890." + strconv.Itoa(i)
	}
	return ids
})

func benchStore(b *testing.B, backend Backend, records, payload int) *store.Store {
	b.Helper()
	ctx := context.Background()
	d, err := backend.Open(ctx, b)
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.New(ctx, d, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	w := newBenchWorker()
	for from := 0; from < records; from += 1000 {
		var ds store.DataSet
		for _, id := range benchIDs()[from:min(from+1000, records)] {
			ds.Put("session", id, w.bytes(payload))
		}
		if err := s.Set(ctx, &ds); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// together shares b.N operations among goroutines.
func together(b *testing.B, goroutines int, op func(w *benchWorker) error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			w := newBenchWorker()
			for left.Add(-1) >= 0 {
				if err := op(w); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// benchWorker makes ids and fresh bytes at next to no cost.
type benchWorker struct {
	ctx  context.Context
	r    *mathrand.Rand
	pool []byte
}

func newBenchWorker() *benchWorker {
	pool := make([]byte, 8192)
	_, _ = rand.Read(pool)
	return &benchWorker{ctx: context.Background(), r: mathrand.New(mathrand.NewPCG(mathrand.Uint64(), 1)), pool: pool}
}

func (w *benchWorker) id() string { return benchIDs()[w.r.IntN(BenchRecords)] }

func (w *benchWorker) ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.id()
	}
	return ids
}

// bytes differ from any before: another part of the pool, and a stamp.
func (w *benchWorker) bytes(n int) []byte {
	at := w.r.IntN(len(w.pool) - n)
	value := w.pool[at : at+n]
	for i, stamp := 0, w.r.Uint64(); i < 8; i++ {
		value[i] = byte(stamp >> (8 * i))
	}
	return value
}
