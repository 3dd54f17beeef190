package memstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/storetest"
)

func BenchmarkMemstore(b *testing.B) {
	storetest.Bench(b, backend())
}

// BenchmarkBesideMap compares memstore with what people write themselves: a
// map under one mutex that copies values in and out. It has no transactions;
// its read-modify-write holds the mutex. The two take turns, and alternate
// which is first, so that other load on the machine falls on both. "x-map" is
// our time divided by the map's.
func BenchmarkBesideMap(b *testing.B) {
	for _, payload := range []int{64, 2048} {
		for _, cell := range cells {
			for _, goroutines := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/%dB/goroutines=%d", cell.name, payload, goroutines), func(b *testing.B) {
					peers := [2]peer{openStore(b), &baseline{m: map[string][]byte{}}}
					workers := newWorkers(goroutines, payload)
					for _, p := range peers {
						if err := workers[0].fill(p, cell.records); err != nil {
							b.Fatal(err)
						}
					}
					b.ResetTimer()
					var took [2]time.Duration
					for left, first := b.N, 0; left > 0 && !b.Failed(); left, first = left-cell.turn, 1-first {
						for _, i := range []int{first, 1 - first} {
							took[i] += take(b, workers, min(left, cell.turn), func(w *worker) error { return cell.op(peers[i], w) })
						}
					}
					b.ReportMetric(float64(took[0].Nanoseconds())/float64(b.N), "ns/op")
					b.ReportMetric(float64(took[1].Nanoseconds())/float64(b.N), "map-ns/op")
					b.ReportMetric(float64(took[0])/float64(took[1]), "x-map")
				})
			}
		}
	}
}

// cells are the measurements. A turn takes some milliseconds.
var cells = []struct {
	name    string
	records int // that are there before
	turn    int // operations in a turn
	op      func(p peer, w *worker) error
}{
	{"get", storetest.BenchRecords, 20_000, func(p peer, w *worker) error { return p.get(w.id()) }},
	{"get-64", storetest.BenchRecords, 400, func(p peer, w *worker) error { return p.getMany(w.ids(64)) }},
	{"set", storetest.BenchRecords, 10_000, func(p peer, w *worker) error { return p.set(w.id(), w.bytes()) }},
	{"set-64", storetest.BenchRecords, 400, func(p peer, w *worker) error { return p.setMany(w.ids(64), w.bytes) }},
	{"read-modify-write-hot", storetest.BenchRecords, 10_000, func(p peer, w *worker) error { return p.rewrite("hot", benchIDs()[0], w.bytes()) }},
	{"read-modify-write-random", storetest.BenchRecords, 10_000, func(p peer, w *worker) error {
		id := w.id()
		return p.rewrite(id, id, w.bytes())
	}},
	{"scan-10000", 10_000, 4, func(p peer, _ *worker) error { return p.scan() }},
}

// take shares n operations among the workers and returns how long they took.
func take(b *testing.B, workers []*worker, n int, op func(w *worker) error) time.Duration {
	b.Helper()
	start := time.Now()
	var all sync.WaitGroup
	for i, w := range workers {
		share := n / len(workers)
		if i < n%len(workers) {
			share++
		}
		all.Go(func() {
			for range share {
				if err := op(w); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// peer is a store under measurement. It copies values in and out.
type peer interface {
	get(id string) error
	getMany(ids []string) error
	set(id string, value []byte) error
	setMany(ids []string, value func() []byte) error
	rewrite(label, id string, fresh []byte) error
	scan() error
}

// ours is a store in memory.
type ours struct {
	ctx context.Context
	s   *store.Store
}

func openStore(b *testing.B) *ours {
	b.Helper()
	s, err := memstore.Open(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return &ours{context.Background(), s}
}

func (o *ours) get(id string) error {
	_, _, err := o.s.Get(o.ctx, "session", id)
	return err
}

func (o *ours) getMany(ids []string) error {
	_, err := o.s.GetMany(o.ctx, "session", ids...)
	return err
}

func (o *ours) set(id string, value []byte) error {
	var ds store.DataSet
	ds.Put("session", id, value)
	return o.s.Set(o.ctx, &ds)
}

func (o *ours) setMany(ids []string, value func() []byte) error {
	var ds store.DataSet
	for _, id := range ids {
		ds.Put("session", id, value())
	}
	return o.s.Set(o.ctx, &ds)
}

func (o *ours) rewrite(label, id string, fresh []byte) error {
	return o.s.Transaction(o.ctx, label, func(ctx context.Context, tx *store.Tx) error {
		value, _, err := tx.Get(ctx, "session", id)
		if err != nil {
			return err
		}
		copy(value, fresh)
		var ds store.DataSet
		ds.Put("session", id, value)
		return tx.Set(ctx, &ds)
	})
}

func (o *ours) scan() error {
	for _, err := range o.s.Scan(o.ctx, "session", "") {
		if err != nil {
			return err
		}
	}
	return nil
}

// baseline is a map with a mutex that copies values.
type baseline struct {
	mu sync.RWMutex
	m  map[string][]byte
}

func (m *baseline) get(id string) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_ = keep(m.m[id])
	return nil
}

func (m *baseline) getMany(ids []string) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := make(map[string][]byte, len(ids))
	for _, id := range ids {
		if value, ok := m.m[id]; ok {
			found[id] = slices.Clone(value)
		}
	}
	foundSink.Store(&found)
	return nil
}

func (m *baseline) set(id string, value []byte) error {
	value = slices.Clone(value)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.m[id] = value
	return nil
}

func (m *baseline) setMany(ids []string, value func() []byte) error {
	values := make([][]byte, len(ids))
	for i := range values {
		values[i] = slices.Clone(value())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, id := range ids {
		m.m[id] = values[i]
	}
	return nil
}

func (m *baseline) rewrite(_, id string, fresh []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	value := keep(m.m[id])
	copy(value, fresh)
	m.m[id] = slices.Clone(value)
	return nil
}

// scan collects and sorts the ids, since a map has no order, and copies the
// values.
func (m *baseline) scan() error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	ids := make([]string, 0, len(m.m))
	for id := range m.m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		_ = keep(m.m[id])
	}
	return nil
}

// foundSink makes the result escape to the heap, as a caller's would.
var foundSink atomic.Pointer[map[string][]byte]

// keep copies bytes to the heap. Inlined, it could copy them to the stack.
//
//go:noinline
func keep(b []byte) []byte { return slices.Clone(b) }

var benchIDs = sync.OnceValue(func() []string {
	ids := make([]string, storetest.BenchRecords)
	for i := range ids {
		ids[i] = "1234567890." + strconv.Itoa(i)
	}
	return ids
})

// worker makes ids and fresh bytes at almost no cost.
type worker struct {
	r       *mathrand.Rand
	pool    []byte
	payload int
}

func newWorkers(n, payload int) []*worker {
	workers := make([]*worker, n)
	for i := range workers {
		pool := make([]byte, 8192)
		_, _ = rand.Read(pool)
		workers[i] = &worker{mathrand.New(mathrand.NewPCG(mathrand.Uint64(), 1)), pool, payload}
	}
	return workers
}

func (w *worker) fill(p peer, records int) error {
	for _, id := range benchIDs()[:records] {
		if err := p.set(id, w.bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) id() string { return benchIDs()[w.r.IntN(storetest.BenchRecords)] }

func (w *worker) ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.id()
	}
	return ids
}

// bytes returns bytes that were never returned before: another part of the
// pool with a stamp.
func (w *worker) bytes() []byte {
	at := w.r.IntN(len(w.pool) - w.payload)
	value := w.pool[at : at+w.payload]
	for i, stamp := 0, w.r.Uint64(); i < 8; i++ {
		value[i] = byte(stamp >> (8 * i))
	}
	return value
}
