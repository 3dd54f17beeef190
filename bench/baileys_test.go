package bench

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// BenchmarkBaileys compares keyfam with the stacks of key stores that Baileys
// users run, on one hot record. Baileys runs in node, and the script in the
// folder baileys times its own loop. Stacks in memory are compared with
// memstore. The stack on files, which never flushes, is compared with
// pebblestore, which does.
func BenchmarkBaileys(b *testing.B) {
	theirs := runBaileys(b)
	for _, stack := range slices.Sorted(maps.Keys(theirs)) {
		cells := theirs[stack]
		st := openBeside(b, stack)
		o := ours{st}
		value := pooled()
		if stack != onFiles {
			if err := o.load(identifiers(*recordsFlag), value); err != nil {
				b.Fatal(err)
			}
		}
		if err := o.set("hot.0", value()); err != nil {
			b.Fatal(err)
		}
		for _, cell := range slices.Sorted(maps.Keys(cells)) {
			nanoseconds := cells[cell]
			b.Run(stack+"/"+cell, func(b *testing.B) {
				if err := runCell(o, cell, max(b.N/10, 1), value); err != nil { // warm up, as the script does
					b.Fatal(err)
				}
				runtime.GC() // so that earlier garbage costs no time below
				b.ResetTimer()
				start := time.Now()
				if err := runCell(o, cell, b.N, value); err != nil {
					b.Fatal(err)
				}
				ours := float64(time.Since(start).Nanoseconds()) / float64(b.N)
				b.ReportMetric(nanoseconds, "peer-ns/op")
				b.ReportMetric(nanoseconds/ours, "ratio")
			})
		}
	}
}

// onFiles is the only stack that is not in memory. It holds no other records,
// since 100,000 of them would be as many files.
const onFiles = "multi-file+cache+transactions"

func openBeside(b *testing.B, stack string) *store.Store {
	st, err := memstore.Open(b.Context(), nil)
	if stack == onFiles {
		st, err = pebblestore.Open(b.Context(), b.TempDir(), nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	return st
}

func runCell(o ours, cell string, n int, value func() []byte) error {
	switch cell {
	case "Get":
		return repeat(n, func() error { return o.get("hot.0") })
	case "Set":
		return repeat(n, func() error { return o.set("hot.0", value()) })
	case "Update":
		return repeat(n, func() error { return o.update("hot.0", value()) })
	}
	var all sync.WaitGroup // the script runs as many at once
	errs := make([]error, 64)
	for g := range errs {
		all.Go(func() {
			value := pooled()
			id := fmt.Sprintf("many.%d", g)
			errs[g] = repeat((n+63)/64, func() error { return o.update(id, value()) })
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// pooled makes fresh bytes as cheaply as the script, whose time includes
// making them: each time another part of a random pool, with a stamp.
func pooled() func() []byte {
	pool := make([]byte, 64<<10)
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for i := range pool {
		pool[i] = byte(r.Uint32())
	}
	turn := uint32(0)
	return func() []byte {
		turn++
		at := int(turn*8) % (len(pool) - valueBytes)
		binary.LittleEndian.PutUint32(pool[at:], turn)
		return pool[at : at+valueBytes]
	}
}

func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// nodeFolder holds package.json and package-lock.json, which pin Baileys.
const nodeFolder = "../interop/baileys/testdata/node"

// runBaileys installs the pinned version in a temporary folder and times it.
// The result is by stack and cell, in nanoseconds per operation.
func runBaileys(b *testing.B) map[string]map[string]float64 {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("KEYFAM_TEST_STRICT") == "1" {
				b.Fatalf("%s is missing, and KEYFAM_TEST_STRICT=1", tool)
			}
			b.Skipf("%s is missing: nothing to compare with", tool)
		}
	}
	dir := b.TempDir()
	for _, from := range []string{nodeFolder, "baileys"} {
		if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
			b.Fatal(err)
		}
	}
	run(b, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	var results map[string]map[string]float64
	if err := json.Unmarshal(run(b, dir, "node", "bench.mjs"), &results); err != nil {
		b.Fatal(err)
	}
	return results
}

func run(b *testing.B, dir, name string, args ...string) []byte {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return out
}
