// Package slogobs logs what a store does to a [slog.Logger].
//
// Levels: warn for a verb that ends in [store.ErrConflict] or
// [store.ErrUnknownOutcome]; info for a run of a transaction's callback that is
// repeated and for whatever takes long; debug for all else. A log holds kinds of
// operations, families, classes of errors, counts and durations, and no id,
// value, label or namespace.
package slogobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/keyfam/keyfam/store"
)

// Options settle what is logged at level info. Nil means the defaults.
type Options struct {
	// Slow is how long an operation takes that is logged at level info. Zero
	// means 1 s.
	Slow time.Duration
}

// New returns a tracer for [store.Options] that logs every operation at its end
// with the context of the caller.
func New(l *slog.Logger, o *Options) store.Tracer {
	t := &tracer{log: l, slow: time.Second}
	if o != nil && o.Slow > 0 {
		t.slow = o.Slow
	}
	return t
}

type tracer struct {
	log  *slog.Logger
	slow time.Duration
}

type startKey struct{}

// Begin notes the time.
func (t *tracer) Begin(ctx context.Context, _ store.Op, _ string) context.Context {
	return context.WithValue(ctx, startKey{}, time.Now())
}

// End logs one line.
func (t *tracer) End(ctx context.Context, r store.Result) {
	start, _ := ctx.Value(startKey{}).(time.Time)
	took := time.Since(start)
	level := t.level(r, took)
	if t.log.Enabled(ctx, level) {
		t.log.LogAttrs(ctx, level, "keyfam", append(attributes(r), slog.Duration("took", took))...)
	}
}

func (t *tracer) level(r store.Result, took time.Duration) slog.Level {
	rerun := r.Class == store.ClassConflict || r.Class == store.ClassRestart
	switch {
	case verb(r.Op) && (r.Class == store.ClassConflict || r.Class == store.ClassUnknownOutcome):
		return slog.LevelWarn
	case r.Op == store.OpAttempt && rerun, took >= t.slow:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// verb reports whether the operation is called by the user of the store, so that
// its error is told once.
func verb(op store.Op) bool { return op <= store.OpTransaction }

// attributes leaves out what is 0.
func attributes(r store.Result) []slog.Attr {
	all := []slog.Attr{slog.String("op", r.Op.String()), slog.String("class", r.Class.String())}
	if r.Family != "" {
		all = append(all, slog.String("family", r.Family))
	}
	for _, c := range []struct {
		name string
		n    int
	}{{"attempt", r.Attempt}, {"keys", r.Keys}, {"rows", r.Rows}, {"writes", r.Writes}, {"bytes", r.Bytes}} {
		if c.n > 0 {
			all = append(all, slog.Int(c.name, c.n))
		}
	}
	return all
}
