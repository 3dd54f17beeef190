package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"sync"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var secrecyChecks = []check{
	{name: "S1-secrecy/errors", fn: func(e *env) {
		var errs []error
		more := func(more ...error) { errs = append(errs, more...) }
		e.rebuild(&store.Options{MaxIDBytes: 40, MaxValueBytes: 40, MaxCommitRecords: 3, MaxAttempts: 2, GateWait: 1})
		s := e.s.Namespace(marker)
		e.ok(s.Set(e.ctx, put("session", marker, marker)), "Set")
		long := marker + strings.Repeat("x", 40)
		visit := func(ctx context.Context, h handle) {
			more(readErrors(ctx, h, "session", long)...)
			more(readErrors(ctx, h, marker, marker)...)
			more(readErrors(ctx, h, marker+"\x00", marker)...)
			_, err := collectPrefix(ctx, h, "session", long)
			more(err, h.Set(ctx, put("session", long, marker)), h.Set(ctx, put("session", marker, long)), h.Set(ctx, put(marker, marker, marker)),
				h.Set(ctx, put("session", marker, marker), put("session", "", marker)),
				h.Transaction(ctx, marker, nil))
			more(h.Set(ctx, put("a", marker, ""), put("b", marker, ""), put("c", marker, ""), put("d", marker, "")))
		}
		visit(e.ctx, s)
		var kept handle
		more(s.Transaction(e.ctx, marker, func(ctx context.Context, tx handle) error {
			kept = tx
			visit(ctx, tx)
			visit(ctx, s) // an outer handle
			more(s.Transaction(ctx, marker, nil), e.s.Namespace("other").Transaction(ctx, marker, increment("session", marker)))
			return tx.Set(ctx, put("a", marker, ""), put("b", marker, ""), put("c", marker, ""))
		}))
		visit(e.ctx, kept)
		more(s.View(e.ctx, func(ctx context.Context, tx handle) error {
			visit(ctx, tx)
			return nil
		}))
		runs := 0
		more(s.Transaction(e.ctx, marker, func(ctx context.Context, tx handle) error { // in conflict
			_, _, err := tx.Get(ctx, "session", marker)
			if runs++; runs < 10 {
				e.ok(s.Set(e.ctx, put("session", marker, marker)), "Set")
			}
			_ = tx.Set(ctx, put("session", marker, marker))
			return err
		}))
		cancelled, cancel := context.WithCancel(e.ctx)
		cancel()
		more(s.Set(cancelled, put("session", marker, marker)), s.Transaction(cancelled, marker, increment("session", marker)))
		for _, fails := range []error{driver.ErrUnknownOutcome, driver.ErrUnavailable, driver.ErrCorrupt, context.DeadlineExceeded} {
			e.wire.on(func(call, func(context.Context) error) error { return fails })
			visit(e.ctx, s)
			more(s.Set(e.ctx, put("session", marker, marker)), s.Clear(e.ctx), s.Transaction(e.ctx, marker, increment("session", marker)))
			e.wire.on(nil)
		}
		e.ok(s.Close(), "Close")
		visit(e.ctx, s)
		e.that(len(errs) > 50, "only %d errors were collected", len(errs))
		for _, err := range errs {
			e.silent(err)
		}
	}},
	{name: "S1-secrecy/handles", fn: func(e *env) {
		s := e.s.Namespace(marker)
		e.ok(s.Set(e.ctx, put("session", marker, marker)), "Set")
		e.hides(s, "a store")
		visit := func(ctx context.Context, tx handle) error {
			_, _, err := tx.Get(ctx, "session", marker)
			e.hides(tx, "a transaction")
			e.hides(ctx, "the context of a callback")
			return err
		}
		e.ok(s.View(e.ctx, visit), "View")
		e.ok(s.Transaction(e.ctx, marker, func(ctx context.Context, tx handle) error {
			e.ok(tx.Set(ctx, put("session", "b"+marker, marker)), "Set")
			e.ok(tx.Transaction(ctx, "n"+marker, visit), "Transaction")
			return visit(ctx, tx)
		}), "Transaction")
	}},
	{name: "S1-secrecy/backend-errors", fn: func(e *env) {
		// Calls of the backend itself that it must refuse.
		d := e.wire.inner
		k := driver.Key{Family: "session", ID: marker}
		wrong := &driver.Commit{Stamp: 1, Checks: []driver.Check{{Key: k, Version: 77}}, Writes: []driver.Write{{Key: k, Value: []byte(marker)}}}
		err := d.Commit(e.ctx, marker, wrong)
		e.is(err, driver.ErrConflict, "a commit whose check does not hold")
		e.silent(err)
		cancelled, cancel := context.WithCancel(e.ctx)
		cancel()
		e.silent(d.Commit(cancelled, marker, &driver.Commit{Stamp: 2, Writes: wrong.Writes}))
		e.silent(d.Read(cancelled, marker, []driver.Key{k}, make([]driver.Record, 1)))
		_, err = d.Scan(cancelled, marker, driver.Query{Range: driver.Range{From: k}, Limit: 1})
		e.silent(err)
	}},
	{name: "S1-secrecy/traces", fn: func(e *env) {
		seen := &trace{}
		e.rebuild(&store.Options{MaxAttempts: 2, Tracer: seen})
		s := e.s.Namespace(marker)
		e.ok(s.Set(e.ctx, put("session", marker, marker)), "Set")
		e.ok(s.Transaction(e.ctx, marker, increment("count", marker)), "Transaction")
		_ = s.Transaction(e.ctx, marker, func(ctx context.Context, tx handle) error { return fmt.Errorf("of %s", marker) })
		_, _, _ = s.Get(e.ctx, marker, "swapped")
		e.ok(s.View(e.ctx, func(ctx context.Context, tx handle) error { return nil }), "View")
		e.ok(s.Clear(e.ctx), "Clear")
		all := seen.all()
		e.that(len(all) > 10, "a tracer was told of %d operations, which is too few to judge", len(all))
		for _, o := range all {
			e.hides([]any{o.op, o.family, o.result}, "what a tracer is told")
		}
	}},
	{name: "S1-secrecy/logs", fn: func(e *env) {
		var out safeBuffer
		oldLog, oldSlog := log.Writer(), slog.Default()
		log.SetOutput(&out)
		slog.SetDefault(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
		defer func() {
			slog.SetDefault(oldSlog)
			log.SetOutput(oldLog)
		}()
		s := e.s.Namespace(marker)
		e.ok(s.Set(e.ctx, put("session", marker, marker)), "Set")
		e.ok(s.Transaction(e.ctx, marker, func(ctx context.Context, tx handle) error {
			return tx.Transaction(ctx, "n"+marker, increment("count", marker))
		}), "Transaction")
		e.scan(e.ctx, s, "session", "")
		func() {
			defer func() { _ = recover() }()
			_ = s.Transaction(e.ctx, marker, func(ctx context.Context, tx handle) error { panic("of the callback") })
		}()
		e.wire.on(func(call, func(context.Context) error) error { return errInjected })
		_ = s.Set(e.ctx, put("session", marker, marker))
		e.wire.on(nil)
		e.ok(s.Close(), "Close")
		e.that(!tells(out.String(), e.dir()), "the log tells an id, a value, a label, a namespace or a directory")
	}},
}

// marker is used as id, value, label and namespace, and must appear nowhere.
// It is no valid family name, since an error may show those.
const marker = "s3cr3t/MARKER!"

// silent checks that an error shows neither the marker nor the directory.
func (e *env) silent(err error) {
	e.t.Helper()
	if err == nil {
		return
	}
	e.hides(err, "an error")
}

// hides checks that no print of v shows the marker or the directory.
func (e *env) hides(v any, what string) {
	e.t.Helper()
	dir := e.dir()
	for _, text := range printed(v) {
		e.that(!tells(text, dir), "%s tells an id, a value, a label, a namespace or a directory: %s", what, text)
	}
}

// dir returns the backend's directory, "" if it has none or does not say.
func (e *env) dir() string {
	if e.directory == "" && e.suite.backend.Dir != nil {
		e.directory = e.suite.backend.Dir(e.t)
	}
	return e.directory
}

// tells reports whether the text contains the marker or the directory.
func tells(text, dir string) bool {
	return strings.Contains(text, marker) || strings.Contains(text, "4d41524b4552") || dir != "" && strings.Contains(text, dir)
}

// printed returns v as each common verb of package fmt prints it.
func printed(v any) []string {
	encoded, err := json.Marshal(v)
	if err != nil {
		encoded = nil
	}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
	texts := []string{string(encoded), logged.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, v))
	}
	return texts
}

// safeBuffer is a buffer for several goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends.
func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns the text that was written.
func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
