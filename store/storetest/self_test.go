package storetest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyfam/keyfam/store/driver"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// What the model finds in a broken toy is of no interest to anybody.
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s", "rapid.checks": "20"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// recorder is a TB that fails on its own.
type recorder struct {
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
	bad  bool
}

func (r *recorder) Helper()             {}
func (r *recorder) Name() string        { return r.t.Name() }
func (r *recorder) Cleanup(f func())    { r.t.Cleanup(f) }
func (r *recorder) TempDir() string     { return r.t.TempDir() }
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) FailNow() {
	r.mu.Lock()
	r.bad = true
	r.mu.Unlock()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bad
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad = true
	if r.text.Len() < 2000 {
		fmt.Fprintf(&r.text, format+"\n", args...)
	}
}

// judge runs one check on a toy in a bubble of its own, where a hang takes no
// time, and answers what it says.
func judge(t *testing.T, c check, f fault, info driver.Info, lists, hideSnapshots bool) (failed bool, text string) {
	r := &recorder{t: t}
	synctest.Test(t, func(t *testing.T) {
		r.t = t
		made := &toys{fault: f, engines: map[driver.Driver]*toyEngine{}}
		c.run(r, suite{
			backend: toyBackend(f, info, lists), open: made.open,
			patience: time.Hour, hideSnapshots: hideSnapshots, small: true,
		})
		made.kill()
	})
	return r.bad, r.text.String()
}

var toyInfo = driver.Info{Durability: driver.PowerLoss, CertainOutcome: true}

// powersOf is what Run would find out about the toy.
func powersOf(info driver.Info, lists bool) powers {
	return powers{info: info, snapshots: true, lists: lists, backend: toyBackend("", info, lists)}
}

func TestCorrectToyPasses(t *testing.T) {
	start := time.Now()
	for _, variant := range []struct {
		name  string
		info  driver.Info
		lists bool
	}{
		{"durable", toyInfo, true},
		{"volatile", driver.Info{CertainOutcome: true}, false},
	} {
		for _, c := range checks() {
			if c.missing(powersOf(variant.info, variant.lists)) != "" {
				continue
			}
			for _, hide := range []bool{false, true} {
				if hide && !c.views {
					continue
				}
				since := time.Now()
				if failed, text := judge(t, c, "", variant.info, variant.lists, hide); failed {
					t.Errorf("%s, %s: the correct toy fails: %s", variant.name, c.name, text)
				}
				if took := time.Since(since); took > 50*time.Millisecond {
					t.Log(c.name, took)
				}
			}
		}
	}
	t.Log(time.Since(start))
}

var (
	_ = context.Background
	_ = runtime.Goexit
)
