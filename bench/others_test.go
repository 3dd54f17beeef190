package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

const (
	otherWriters    = 64
	otherNamespaces = 100_000
)

// BenchmarkOthers counts the attempts of transactions that read many records
// and take 10 ms. Meanwhile others write as fast as they can, into 100,000
// other namespaces or into other records of the same family.
func BenchmarkOthers(b *testing.B) {
	ids := identifiers(*recordsFlag)
	var attempts atomic.Int64
	st, err := pebblestore.Open(b.Context(), filepath.Join(b.TempDir(), "keyfam"), &pebblestore.Options{
		Store: store.Options{Tracer: store.TracerFunc(func(r store.Result) {
			if r.Op == store.OpAttempt {
				attempts.Add(1)
			}
		})},
	})
	if err == nil {
		err = ours{st}.load(ids, fresh(rand.New(rand.NewPCG(1, 0))))
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	for _, n := range []int{812, 3000} {
		for what, write := range map[string]func(r *rand.Rand) error{
			"namespaces": func(r *rand.Rand) error {
				account := st.Namespace(fmt.Sprint("account ", r.IntN(otherNamespaces)))
				return account.Set(ctx, new(store.DataSet).Put(family, ids[r.IntN(len(ids))], []byte("x")))
			},
			"records": func(r *rand.Rand) error {
				return st.Set(ctx, new(store.DataSet).Put(family, ids[n+r.IntN(len(ids)-n)], []byte("x")))
			},
		} {
			b.Run(fmt.Sprintf("ids=%d/other=%s", n, what), func(b *testing.B) {
				stop, written := writing(b, write)
				attempts.Store(0)
				start := time.Now()
				for range b.N {
					if err := slowTransaction(st, ids[:n]); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(attempts.Load())/float64(b.N), "attempts/op")
				b.ReportMetric(float64(written.Load())/time.Since(start).Seconds(), "others/s")
				stop()
			})
		}
	}
}

//famvet:family result

func slowTransaction(st *store.Store, ids []string) error {
	return st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.GetMany(ctx, family, ids...); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
		return tx.Set(ctx, new(store.DataSet).Put("result", "read", []byte("x")))
	})
}

// writing starts goroutines that write until stop is called.
func writing(b *testing.B, write func(r *rand.Rand) error) (stop func(), written *atomic.Int64) {
	var stopped atomic.Bool
	var all sync.WaitGroup
	written = new(atomic.Int64)
	for range otherWriters {
		all.Go(func() {
			r := rand.New(rand.NewPCG(rand.Uint64(), 0))
			for !stopped.Load() {
				if err := write(r); err != nil {
					b.Error(err)
					return
				}
				written.Add(1)
			}
		})
	}
	return func() { stopped.Store(true); all.Wait() }, written
}
