package bench

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

var recordsFlag = flag.Int("records", 100_000, "records in each store")

// valueBytes is the size of a stored value, about that of a Signal session.
const valueBytes = 2 << 10

// peer is a store under measurement, with records of one kind.
type peer interface {
	// load writes many records, by the fastest way.
	load(ids []string, value func() []byte) error
	// get reads a record and copies it.
	get(id string) error
	// set writes a record, durably.
	set(id string, value []byte) error
	// update reads a record and writes it, durably, so that no update is lost.
	update(id string, value []byte) error
	close() error
}

// opener opens a peer in a directory, and makes its data if there are none.
type opener func(dir string) (peer, error)

// cells are the measurements: what is done, and by how many goroutines at
// once.
var cells = []struct {
	name       string
	goroutines int
	do         func(p peer, id string, value func() []byte) error
}{
	{"Get", 1, get},
	{"Get", 64, get},
	{"Set", 1, set},
	{"Set", 64, set},
	{"Update", 1, update},
	{"Update", 64, update},
}

func get(p peer, id string, _ func() []byte) error        { return p.get(id) }
func set(p peer, id string, value func() []byte) error    { return p.set(id, value()) }
func update(p peer, id string, value func() []byte) error { return p.update(id, value()) }

// compare measures ours and theirs in every cell. The ratio is their time
// divided by ours: above 1, ours is faster.
func compare(b *testing.B, ours, theirs opener) {
	ids := identifiers(*recordsFlag)
	our, their := loaded(b, ours, ids), loaded(b, theirs, ids)
	for _, c := range cells {
		b.Run(fmt.Sprintf("%s/goroutines=%d", c.name, c.goroutines), func(b *testing.B) {
			var ourTime, theirTime time.Duration
			turn := func(p peer, n int) time.Duration {
				start := time.Now()
				if err := together(c.goroutines, n, func(r *rand.Rand, value func() []byte) error {
					return c.do(p, ids[r.IntN(len(ids))], value)
				}); err != nil {
					b.Fatal(err)
				}
				return time.Since(start)
			}
			for _, n := range turns(b.N, c.goroutines) {
				theirTime += turn(their, n)
				ourTime += turn(our, n)
			}
			b.ReportMetric(float64(ourTime.Nanoseconds())/float64(b.N), "ns/op")
			b.ReportMetric(float64(theirTime.Nanoseconds())/float64(b.N), "peer-ns/op")
			b.ReportMetric(float64(theirTime)/float64(ourTime), "ratio")
		})
	}
}

// turns cuts n operations into turns long enough to keep all goroutines busy.
func turns(n, goroutines int) (lengths []int) {
	for least := 20 * goroutines; n > 0; {
		length := min(n, max(least, 200))
		lengths = append(lengths, length)
		n -= length
	}
	return lengths
}

// together shares n operations among goroutines.
func together(goroutines, n int, do func(r *rand.Rand, value func() []byte) error) error {
	errs := make(chan error, goroutines)
	var all sync.WaitGroup
	for g := range goroutines {
		share := n / goroutines
		if g < n%goroutines {
			share++
		}
		all.Go(func() {
			r := rand.New(rand.NewPCG(rand.Uint64(), 0))
			value := fresh(r)
			for range share {
				if err := do(r, value); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}

// fresh makes new random bytes each time. Stores may skip a write that changes
// nothing, and compress repetitions.
func fresh(r *rand.Rand) func() []byte {
	b := make([]byte, valueBytes)
	return func() []byte {
		for i := 0; i < len(b); i += 8 {
			binary.LittleEndian.PutUint64(b[i:], r.Uint64())
		}
		return b
	}
}

func identifiers(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%011d.%d", i*7919, i%5)
	}
	return ids
}

// loaded returns a peer with records. It is opened again, so that work left
// from loading has ended.
func loaded(b *testing.B, open opener, ids []string) peer {
	b.Helper()
	dir := b.TempDir()
	p, err := open(dir)
	if err == nil {
		err = p.load(ids, fresh(rand.New(rand.NewPCG(1, 0))))
	}
	if err == nil {
		err = p.close()
	}
	if err == nil {
		p, err = open(dir)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.close(); err != nil {
			b.Error(err)
		}
	})
	return p
}
