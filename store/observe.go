package store

import (
	"errors"
	"time"
)

// Observation is the account of one operation. It holds no id, label or
// namespace.
type Observation struct {
	Op        string        // "set", "clear", "view" or "transaction"
	Attempts  int           // times the callback ran, restarts for labels not counted; 0 for set and clear
	Conflicts int           // attempts that another commit had overtaken
	Restarts  int           // times it ran again to take a nested label in order
	Reads     int           // backend reads, all attempts together
	Writes    int           // records written by the commit; 0 if nothing was committed
	LabelWait time.Duration // waiting for labels
	GateWait  time.Duration // waiting for transactions that had lost before
	Commit    time.Duration // in the backend's commit, all attempts together
	Total     time.Duration // the whole operation
	Err       error         // what was returned, or that the callback panicked or exited
}

// errNoReturn is what an observer sees of a callback that panics or exits.
var errNoReturn = errors.New("the callback did not return")

// watch times one operation for Options.Observe. A nil watch does nothing.
type watch struct {
	observe func(Observation)
	start   time.Time
	seen    Observation
}

func (s *settings) watch(op string) *watch {
	if s.observe == nil {
		return nil
	}
	return &watch{observe: s.observe, start: time.Now(), seen: Observation{Op: op}}
}

func (w *watch) now() (t time.Time) {
	if w != nil {
		t = time.Now()
	}
	return t
}

func (w *watch) label(since time.Time) {
	if w != nil {
		w.seen.LabelWait += time.Since(since)
	}
}

func (w *watch) gate(since time.Time) {
	if w != nil {
		w.seen.GateWait += time.Since(since)
	}
}

func (w *watch) committed(since time.Time, writes int, err error) {
	if w == nil {
		return
	}
	w.seen.Commit += time.Since(since)
	if err == nil {
		w.seen.Writes = writes
	}
}

func (w *watch) end(err error) {
	if w == nil {
		return
	}
	w.seen.Total = time.Since(w.start)
	w.seen.Err = err
	w.observe(w.seen)
}

// attempted counts an attempt that has run.
func (w *watch) attempted(a *attempt) {
	if w == nil {
		return
	}
	w.seen.Reads += a.reads.calls
	if a.doom == outOfOrder {
		w.seen.Restarts++
		return
	}
	w.seen.Attempts++
}

func (w *watch) conflict() {
	if w != nil {
		w.seen.Conflicts++
	}
}
