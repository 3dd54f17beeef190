package baileys

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// workers is how many files are read or written at the same time. A few more
// than there are processors: disks and networks are slower.
func workers() int { return max(4, runtime.GOMAXPROCS(0)) }

// parallel calls work for 0 to n-1 on as many goroutines as there are workers,
// and no more after an error.
func parallel(n int, work func(i int) error) error {
	var next atomic.Int64
	var failed atomic.Bool
	errs := make([]error, workers())
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[w] = work(i); errs[w] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// meter calls back with the progress of a phase, one call at a time.
type meter struct {
	mu     sync.Mutex
	report func(Progress)
	now    Progress
}

func newMeter(report func(Progress), phase string, total int) *meter {
	m := &meter{report: report, now: Progress{Phase: phase, Total: total}}
	m.add(0)
	return m
}

func (m *meter) add(files int) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Done += files
	m.report(m.now)
}
