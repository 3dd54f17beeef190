package storetest

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var durabilityChecks = []check{
	{name: "D1-acknowledged/survives-reopen", needs: durable, fn: func(e *env) {
		e.set(put("session", "a", "1"), put("session", "b", "1"), put("session", "empty", ""), put("session", "\x00\xff", "\x00\xff"))
		e.set(del("session", "b"), put("session", "a", "2"))
		e.tx("k", increment("count", "n"))
		e.ok(e.s.Namespace("x").Set(e.ctx, put("session", "a", "x")), "Set")
		e.ok(e.s.Namespace("gone").Set(e.ctx, put("session", "a", "x")), "Set")
		e.ok(e.s.Namespace("gone").Clear(e.ctx), "Clear")
		for range 2 {
			e.reopen(nil)
			e.scans(e.ctx, e.s, "session", "", "\x00\xff", "a", "empty")
			e.holds("session", "a", "2")
			e.holds("session", "empty", "")
			e.holds("session", "\x00\xff", "\x00\xff")
			e.counted("count", "n", 1)
			e.want(e.ctx, e.s.Namespace("x"), "session", "a", "x")
			e.families(e.ctx, e.s.Namespace("gone"))
		}
		e.tx("k", increment("count", "n"))
		e.reopen(nil)
		e.counted("count", "n", 2)
	}},
	{name: "D1-acknowledged/cleared-after-reopen", needs: durable, fn: func(e *env) {
		e.fill(e.s, "session", 1000, padded)
		e.reopen(nil)
		e.ok(e.s.Clear(e.ctx), "Clear") // also of what was not touched since the start
		e.families(e.ctx, e.s)
		e.reopen(nil)
		e.families(e.ctx, e.s)
	}},
	{name: "D1-acknowledged/survives-a-crash", needs: with("Crash", func(b Backend) bool { return b.Crash != nil }), fn: func(e *env) {
		e.set(put("session", "deleted", "1"))
		e.set(del("session", "deleted"), put("session", "kept", "1"))
		e.tx("k", increment("count", "n"))
		e.set(put("session", "gone", "1"))
		e.set(del("session", "gone"))
		e.reopen(e.suite.backend.Crash)
		e.lacks("session", "deleted")
		e.lacks("session", "gone")
		e.holds("session", "kept", "1")
		e.counted("count", "n", 1)
		e.ok(e.s.Clear(e.ctx), "Clear")
		e.reopen(e.suite.backend.Crash)
		e.families(e.ctx, e.s)
	}},
	{name: "D1-acknowledged/survives-a-crash-while-writing", needs: with("Crash", func(b Backend) bool { return b.Crash != nil }), fn: func(e *env) {
		const writers = 4
		var acked, tried [writers]atomic.Int64
		for round := range 5 {
			var all atomic.Int64
			enough := make(chan struct{})
			s, stop := e.s, make(chan struct{})
			for who := range writers {
				e.start(func() {
					for {
						select {
						case <-stop:
							return
						default:
						}
						n := tried[who].Add(1)
						value := strconv.FormatInt(n, 10)
						if s.Set(e.ctx, put("a", itoa(who), value), put("b", itoa(who), value), put("c", itoa(who)+"-"+value, "")) != nil {
							return
						}
						acked[who].Store(n)
						if all.Add(1) == int64(20*(round+1)) {
							close(enough)
						}
					}
				})
			}
			e.wait(enough, "some commits are acknowledged")
			e.crash(e.suite.backend.Crash, func() { close(stop) })
			for who := range writers {
				e.recovered(itoa(who), int(acked[who].Load()), int(tried[who].Load()))
				tried[who].Store(int64(e.count("a", itoa(who))))
				acked[who].Store(tried[who].Load())
			}
		}
	}},
	{name: "D2-failed-writes/are-errors", needs: with("FailWrites", func(b Backend) bool { return b.FailWrites != nil }), fn: func(e *env) {
		e.set(put("session", "a", "1"), put("tctoken", "a", "1"))
		heal := e.suite.backend.FailWrites(e.t)
		err := e.s.Set(e.ctx, put("session", "a", "2"), put("tctoken", "a", "2"))
		e.that(err != nil, "Set reports success although every write fails")
		err = e.s.Transaction(e.ctx, "k", increment("count", "n"))
		e.that(err != nil, "a transaction reports success although every write fails")
		heal()
		later := e.s.Set(e.ctx, put("session", "later", "1")) // refused, or recovered
		_ = e.s.Close()                                       // may well fail
		e.again()
		value, _, err := e.s.Get(e.ctx, "session", "a")
		e.ok(err, "Get")
		e.holds("tctoken", "a", string(value))
		e.that(string(value) == "1" || string(value) == "2", "an acknowledged record was lost: %q", value)
		if later == nil {
			e.holds("session", "later", "1")
		}
		e.set(put("session", "after", "1"))
		e.holds("session", "after", "1")
	}},
	{name: "D3-second-open/is-refused", needs: with("OpenAgain", func(b Backend) bool { return b.OpenAgain != nil }), fn: func(e *env) {
		e.set(put("session", "a", "1"))
		d, err := e.suite.backend.OpenAgain(e.ctx, e.t)
		e.that(err != nil && err.Error() != "", "a second open of the same data is not refused")
		if err == nil {
			_ = d.Close()
		}
		e.set(put("session", "b", "1"))
		e.reopen(nil)
		e.scans(e.ctx, e.s, "session", "", "a", "b")
	}},
	{name: "D4-damage/is-reported", needs: with("Damage", func(b Backend) bool { return b.Damage != nil }), fn: func(e *env) {
		n := 1000
		e.fill(e.s, "session", n, padded)
		e.ok(e.s.Close(), "Close")
		e.roots = nil
		e.ok(e.suite.backend.Damage(e.t), "Damage")
		d, err := e.suite.backend.Reopen(e.ctx, e.t)
		if err != nil {
			e.is(err, driver.ErrCorrupt, "opening damaged files")
			return
		}
		e.wire = e.wired(d)
		s, err := e.suite.open(e.ctx, e.wire, nil)
		e.ok(err, "New")
		defer s.Close()
		reported, seen := false, 0
		for r, err := range s.Scan(e.ctx, "session", "") {
			if err != nil {
				e.is(err, store.ErrCorrupt, "Scan of damaged files")
				reported = true
				break
			}
			e.that(string(r.Value) == itoa(seen) && r.ID == padded(seen), "a damaged record was given out")
			seen++
		}
		e.that(reported, "damaged files were read without an error: %d records of %d", seen, n)
	}},
	{name: "D5-permissions/of-files", needs: with("Dir", func(b Backend) bool { return b.Dir != nil }), fn: func(e *env) {
		e.fill(e.s, "session", 100, padded)
		e.ok(filepath.WalkDir(e.suite.backend.Dir(e.t), func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // files come and go
			}
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if entry.IsDir() {
				want = 0o700
			}
			e.that(info.Mode().Perm() == want, "%s has mode %v, want %v", filepath.Base(path), info.Mode().Perm(), want)
			return nil
		}), "WalkDir")
	}},
}

// durable demands a backend that can be reopened.
func durable(p powers) string {
	if p.info.Durability < driver.ProcessCrash {
		return "the backend is " + p.info.Durability.String()
	}
	return ""
}

// with demands a durable backend that has one of Backend's functions.
func with(name string, has func(b Backend) bool) need {
	return func(p powers) string {
		if missing := durable(p); missing != "" {
			return missing
		}
		if !has(p.backend) {
			return "Backend." + name + " is nil"
		}
		return ""
	}
}

// reopen closes the driver, or lets it crash, and opens it again.
func (e *env) reopen(crash func(t TB) error) {
	e.t.Helper()
	if crash != nil {
		e.crash(crash, func() {})
		return
	}
	e.ok(e.s.Close(), "Close")
	e.again()
}

// crash ends the driver under the store. Running calls may never return, so
// nothing waits for the store from then on.
func (e *env) crash(crash func(t TB) error, then func()) {
	e.t.Helper()
	e.ok(crash(e.t), "Crash")
	then()
	e.again()
}

func (e *env) again() {
	e.t.Helper()
	if e.suite.backend.Reopen == nil {
		e.Fatalf("Backend.Reopen is nil: a durable backend needs it")
	}
	e.roots = nil
	d, err := e.suite.backend.Reopen(e.ctx, e.t)
	e.ok(err, "Reopen")
	e.wire = e.wired(d)
	e.s = e.build(e.wire, nil)
}

// recovered checks the records of one writer after a crash: every acknowledged
// commit, and all or nothing of the last one.
func (e *env) recovered(who string, acked, tried int) {
	e.t.Helper()
	n := e.count("a", who)
	e.that(n >= acked, "commit %d was acknowledged, and after the crash the last one is %d", acked, n)
	e.that(n <= tried, "commit %d was the last, and after the crash there is %d", tried, n)
	e.counted("b", who, n)
	ids := e.scan(e.ctx, e.s, "c", who+"-")
	for _, id := range ids {
		i, err := strconv.Atoi(strings.TrimPrefix(id, who+"-"))
		e.that(err == nil && i <= n, "only a part of commit %d is there", i)
	}
	for i := 1; i <= n; i++ {
		has, err := e.s.Has(e.ctx, "c", who+"-"+itoa(i))
		if err != nil || !has {
			e.Errorf("commit %d is gone and commit %d is there (%v)", i, n, err)
			return
		}
	}
}
