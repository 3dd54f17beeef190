package baileys

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/keyfam/keyfam/store"
)

// maxFile is the largest file that is read, in bytes.
const maxFile = 64 << 20

// source is one file of a folder that is to be imported.
type source struct {
	name string
	kind kind
	form form   // of a record
	id   string // of a record
}

// list names the files of a folder, creds.json last: an import that was
// interrupted has none, and nobody takes it for whole.
func list(dir string, report *ImportReport) ([]source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sources := make([]source, 0, len(entries))
	for _, e := range entries {
		s := source{name: e.Name()}
		s.kind, s.form, s.id = classify(s.name)
		switch {
		case s.kind != skipped && e.Type().IsRegular():
			sources = append(sources, s)
		case s.kind == creds:
			report.bad(s.name, fmt.Errorf("%w: not a regular file", ErrForm))
		default:
			report.Skipped = append(report.Skipped, s.name)
		}
	}
	if i := slices.IndexFunc(sources, func(s source) bool { return s.kind == creds }); i >= 0 {
		c := sources[i]
		sources = append(slices.Delete(sources, i, i+1), c)
	}
	return rejectNames(sources, report), nil
}

// CheckFolder reports whether the folder is one that Import would read from. It
// does not open the files. The error is [ErrNoFolder] if it is none.
func CheckFolder(dir string) error {
	report := &ImportReport{}
	sources, err := list(dir, report)
	if err != nil {
		return err
	}
	return recognize(sources, report)
}

// recognize refuses a folder of which no file is one that Baileys reads.
func recognize(sources []source, report *ImportReport) error {
	known := func(s source) bool { return s.kind == creds || s.kind == record }
	if len(report.Bad) == 0 && !slices.ContainsFunc(sources, known) {
		return ErrNoFolder
	}
	return nil
}

// rejectNames drops the files whose names Baileys would not use for the record
// that they seem to hold, and all of those that would be one file to it.
func rejectNames(sources []source, report *ImportReport) (good []source) {
	foreign := func(s source) bool { return strings.Contains(s.name, ":") }
	if !slices.ContainsFunc(sources, foreign) {
		return sources // each file is the home of its record
	}
	homes := make(map[string]int, len(sources))
	for _, s := range sources {
		if s.kind == record {
			homes[escape.Replace(s.name)]++
		}
	}
	for _, s := range sources {
		home := escape.Replace(s.name)
		switch {
		case s.kind == record && homes[home] > 1:
			report.bad(s.name, fmt.Errorf("%w, which Baileys keeps in %s", ErrCollision, home))
		case s.kind == record && s.name != home:
			report.bad(s.name, fmt.Errorf("%w: Baileys keeps that record in %s", ErrName, home))
		default:
			good = append(good, s)
		}
	}
	return good
}

// readFile reads a file whole, but neither a huge one nor one that grows. It
// uses the memory of into if that is large enough.
func readFile(dir, name string, into []byte) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, pathless(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, pathless(err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", store.ErrTooLarge, info.Size(), maxFile)
	}
	data := slices.Grow(into[:0], int(info.Size())+1)[:info.Size()+1]
	n, err := io.ReadFull(f, data)
	switch {
	case err == nil:
		return nil, fmt.Errorf("%w: the file grew while it was read: stop the client first", ErrTorn)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], nil
	}
	return nil, pathless(err)
}

// pathless is an error of package os without the path, which stands before it.
func pathless(err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		return fmt.Errorf("%s: %w", strings.TrimSuffix(e.Op, "at"), e.Err)
	}
	return err
}

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
