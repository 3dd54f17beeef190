package memstore_test

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keyfam/keyfam/store/storetest"
)

func BenchmarkMemstore(b *testing.B) {
	storetest.Bench(b, backend())
}

// BenchmarkBaseline is the same cells on what people write themselves: a map
// under one lock that copies what it gives and takes. It has no transactions:
// its read-modify-write holds the lock.
func BenchmarkBaseline(b *testing.B) {
	cells := []struct {
		name string
		op   func(m *baseline, w *worker, payload int)
	}{
		{"get", func(m *baseline, w *worker, _ int) { m.get(w.id()) }},
		{"get-64", func(m *baseline, w *worker, _ int) { m.getMany(w.ids(64)) }},
		{"set", func(m *baseline, w *worker, payload int) { m.set(w.id(), w.bytes(payload)) }},
		{"set-64", func(m *baseline, w *worker, payload int) {
			m.setMany(w.ids(64), func() []byte { return w.bytes(payload) })
		}},
		{"read-modify-write-hot", func(m *baseline, w *worker, payload int) { m.rewrite(baselineIDs()[0], w.bytes(payload)) }},
		{"read-modify-write-random", func(m *baseline, w *worker, payload int) { m.rewrite(w.id(), w.bytes(payload)) }},
		{"scan-10000", func(m *baseline, w *worker, _ int) { m.scan(baselineIDs()[0][:len("1234567890.")]) }},
	}
	for _, payload := range []int{64, 2048} {
		for _, cell := range cells {
			for _, goroutines := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/%dB/goroutines=%d", cell.name, payload, goroutines), func(b *testing.B) {
					records := storetest.BenchRecords
					if strings.HasPrefix(cell.name, "scan") {
						records = 10_000
					}
					m := filled(records, payload)
					b.ReportAllocs()
					b.ResetTimer()
					var left atomic.Int64
					left.Store(int64(b.N))
					var all sync.WaitGroup
					for range goroutines {
						all.Go(func() {
							w := newWorker()
							for left.Add(-1) >= 0 {
								cell.op(m, w, payload)
							}
						})
					}
					all.Wait()
				})
			}
		}
	}
}

// baseline is a map, a lock and copies.
type baseline struct {
	mu sync.RWMutex
	m  map[string][]byte
}

func (m *baseline) get(id string) []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.m[id])
}

func (m *baseline) getMany(ids []string) map[string][]byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := make(map[string][]byte, len(ids))
	for _, id := range ids {
		if value, ok := m.m[id]; ok {
			found[id] = slices.Clone(value)
		}
	}
	return found
}

func (m *baseline) set(id string, value []byte) {
	value = slices.Clone(value)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.m[id] = value
}

func (m *baseline) setMany(ids []string, value func() []byte) {
	values := make([][]byte, len(ids))
	for i := range values {
		values[i] = slices.Clone(value())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, id := range ids {
		m.m[id] = values[i]
	}
}

func (m *baseline) rewrite(id string, fresh []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value := slices.Clone(m.m[id])
	copy(value, fresh)
	m.m[id] = slices.Clone(value)
}

// scan collects, sorts and copies, as a map must.
func (m *baseline) scan(prefix string) (total int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	ids := make([]string, 0, len(m.m))
	for id := range m.m {
		if strings.HasPrefix(id, prefix) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		total += len(slices.Clone(m.m[id]))
	}
	return total
}

func filled(records, payload int) *baseline {
	m := &baseline{m: map[string][]byte{}}
	w := newWorker()
	for _, id := range baselineIDs()[:records] {
		m.set(id, w.bytes(payload))
	}
	return m
}

var baselineIDs = sync.OnceValue(func() []string {
	ids := make([]string, storetest.BenchRecords)
	for i := range ids {
		ids[i] = "1234567890." + strconv.Itoa(i)
	}
	return ids
})

// worker makes ids and fresh bytes as storetest.Bench does.
type worker struct {
	r    *mathrand.Rand
	pool []byte
}

func newWorker() *worker {
	pool := make([]byte, 8192)
	_, _ = rand.Read(pool)
	return &worker{mathrand.New(mathrand.NewPCG(mathrand.Uint64(), 1)), pool}
}

func (w *worker) id() string { return baselineIDs()[w.r.IntN(storetest.BenchRecords)] }

func (w *worker) ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.id()
	}
	return ids
}

func (w *worker) bytes(n int) []byte {
	at := w.r.IntN(len(w.pool) - n)
	value := w.pool[at : at+n]
	for i, stamp := 0, w.r.Uint64(); i < 8; i++ {
		value[i] = byte(stamp >> (8 * i))
	}
	return value
}
