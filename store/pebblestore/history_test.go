package pebblestore

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

var (
	cutsFlag = flag.Int("cuts", trial.Soak(80, 5000), "power cuts to simulate")
	killFlag = flag.Int("kills", trial.Soak(20, 500), "writing processes to kill")

	momentFlag = flag.Int("moments", trial.Soak(80, 1500), "processes to kill at any moment, while they open and close")
)

// told collects the counts of the tests. TestMain prints them at the end.
var told struct {
	sync.Mutex
	lines []string
}

func tell(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf(format, args...)
	told.Lock()
	defer told.Unlock()
	told.lines = append(told.lines, t.Name()+": "+fmt.Sprintf(format, args...))
}

func TestMain(m *testing.M) {
	flag.Parse()
	if dir := os.Getenv("KEYFAM_TEST_CHILD"); dir != "" {
		child(dir)
		return
	}
	code := m.Run()
	for _, line := range told.lines {
		fmt.Println(line)
	}
	os.Exit(code)
}

// A history is the commits of one writer in a namespace of its own. Commit
// number n leaves the namespace in state(n). So the content of a store after a
// crash can be compared whole: it must be state(n) for some n.
type history struct {
	namespace string
	tried     atomic.Uint64 // the last commit that was begun
	acked     atomic.Uint64 // the last that was acknowledged
}

const (
	slots    = 5
	counter  = "counter"
	longText = 700
)

// step returns commit number n: it counts, and puts, deletes or clears
// something.
func step(n uint64) driver.Commit {
	c := driver.Commit{Stamp: driver.Version(n), Writes: []driver.Write{{Key: key(counter), Value: binary.BigEndian.AppendUint64(nil, n)}}}
	slot := driver.Key{Family: "slot", ID: fmt.Sprint(n % slots)}
	switch n % 13 {
	case 7:
		c.Deletes = driver.ClearRanges()
	case 4, 11:
		c.Writes = append(c.Writes, driver.Write{Key: slot, Delete: true})
	default:
		c.Writes = append(c.Writes, driver.Write{Key: slot, Value: text(n)})
	}
	return c
}

// text returns incompressible text, different for each n.
func text(n uint64) []byte {
	r := rand.New(rand.NewPCG(n, 1))
	b := make([]byte, 0, longText+8)
	for len(b) < longText {
		b = binary.BigEndian.AppendUint64(b, r.Uint64())
	}
	return b
}

// state returns what commits 1 to n leave.
func state(n uint64) map[driver.Key]string {
	s := map[driver.Key]string{}
	first := uint64(1)
	if n > 3*13 {
		first = n - n%13 - 13 // a Clear has been since
	}
	for i := first; i <= n; i++ {
		c := step(i)
		if len(c.Deletes) > 0 {
			clear(s)
		}
		for _, w := range c.Writes {
			if w.Delete {
				delete(s, w.Key)
			} else {
				s[w.Key] = string(w.Value)
			}
		}
	}
	return s
}

// run commits until something fails, or until stop returns true after a
// commit.
func (h *history) run(b *backend, stop func() bool) error {
	for {
		n := h.acked.Load() + 1
		c := step(n)
		h.tried.Store(n)
		if err := b.Commit(ctx, h.namespace, &c); err != nil {
			return err
		}
		h.acked.Store(n)
		if stop() {
			return nil
		}
	}
}

// verify compares what is stored with the states that acked and tried allow,
// and returns the number of the state.
func verify(t testing.TB, b *backend, namespace string, acked, tried uint64) uint64 {
	t.Helper()
	found, err := contents(b, namespace)
	require.NoError(t, err)
	n := commitsIn(found)
	require.GreaterOrEqual(t, n, acked, "an acknowledged commit is lost")
	require.LessOrEqual(t, n, tried, "a commit that nobody began")
	require.Equal(t, state(n), found, "the state after commit %d", n)
	return n
}

// commitsIn returns how many commits there were, by the counter in the
// records.
func commitsIn(found map[driver.Key]string) uint64 {
	v, ok := found[key(counter)]
	if !ok {
		return 0
	}
	return binary.BigEndian.Uint64([]byte(v))
}

// contents returns all records of the namespace.
func contents(b *backend, namespace string) (map[driver.Key]string, error) {
	page, err := b.Scan(ctx, namespace, driver.Query{Limit: 1000})
	found := map[driver.Key]string{}
	for _, row := range page.Rows {
		found[row.Key] = string(row.Value)
	}
	return found, err
}

// writers are histories that write at the same time.
type writers []*history

func newWriters(n int) writers {
	ws := make(writers, n)
	for i := range ws {
		ws[i] = &history{namespace: fmt.Sprintf("account-%d", i)}
	}
	return ws
}

// start lets all write until stop is called. The channel is closed after so
// many acknowledged commits.
func (ws writers) start(b *backend, commits int64) (reached chan struct{}, stop func()) {
	var left atomic.Int64
	var stopped atomic.Bool
	var all sync.WaitGroup
	left.Store(commits)
	reached = make(chan struct{})
	for _, h := range ws {
		all.Go(func() {
			_ = h.run(b, func() bool {
				if left.Add(-1) == 0 {
					close(reached)
				}
				return stopped.Load()
			})
		})
	}
	return reached, func() { stopped.Store(true); all.Wait() }
}

func (ws writers) acked() []uint64 { return ws.each(func(h *history) uint64 { return h.acked.Load() }) }

func (ws writers) tried() []uint64 { return ws.each(func(h *history) uint64 { return h.tried.Load() }) }

func (ws writers) each(f func(*history) uint64) (all []uint64) {
	for _, h := range ws {
		all = append(all, f(h))
	}
	return all
}

// resume verifies every history and continues it from the state of the store.
func (ws writers) resume(t testing.TB, b *backend, acked, tried []uint64) {
	t.Helper()
	for i, h := range ws {
		n := verify(t, b, h.namespace, acked[i], tried[i])
		h.acked.Store(n)
		h.tried.Store(n)
	}
}
