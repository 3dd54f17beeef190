package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// BenchmarkBaileys holds keyfam against the stacks of key stores that Baileys
// users run, on one hot record. Baileys itself runs in node, which times its own
// loop; the script and the version are in the folder baileys. The memory stacks
// stand beside memstore, the stack on files, which never flushes, beside
// pebblestore, which does.
func BenchmarkBaileys(b *testing.B) {
	theirs := runBaileys(b)
	for stack, cells := range theirs {
		st := openBeside(b, stack)
		o := ours{st}
		value := fresh(rand.New(rand.NewPCG(1, 0)))
		if err := o.set("hot.0", value()); err != nil {
			b.Fatal(err)
		}
		for cell, nanoseconds := range cells {
			b.Run(stack+"/"+cell, func(b *testing.B) {
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

func openBeside(b *testing.B, stack string) *store.Store {
	st, err := memstore.Open(nil)
	if strings.HasPrefix(stack, "multi-file") {
		st, err = pebblestore.Open(b.TempDir(), nil)
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
	var all sync.WaitGroup // as many at once as the script has
	errs := make([]error, 64)
	for g := range errs {
		all.Go(func() {
			value := fresh(rand.New(rand.NewPCG(uint64(g), 0)))
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

func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// runBaileys installs the version that baileys/package.json names in a temporary
// folder and times it: stack, cell, nanoseconds per operation.
func runBaileys(b *testing.B) map[string]map[string]float64 {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("%s is missing: nothing to compare with", tool)
		}
	}
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("baileys")); err != nil {
		b.Fatal(err)
	}
	run(b, dir, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
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
