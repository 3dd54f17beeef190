// Package slogobs logs what a store does to a [slog.Logger].
//
// The level is warn for a verb that ends in [store.ErrConflict] or
// [store.ErrUnknownOutcome], info for an attempt that will run again and for a
// slow operation, and debug for everything else. A line has the operation, the
// family, the class of the error, counts and the duration. It never has an id,
// a value, a label or a namespace.
package slogobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/keyfam/keyfam/store"
)

// Options change what is logged at level info. Nil means the defaults.
type Options struct {
	// Slow is the duration from which an operation is logged at level info.
	// Zero means 1 s.
	Slow time.Duration
}

// New returns a tracer for [store.Options] that logs every operation at its
// end with the context of the caller.
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

// verb reports whether the user of the store has called the operation. An
// error is logged at level warn only there, so once.
func verb(op store.Op) bool { return op <= store.OpTransaction }

// attributes returns the fields of a line, without counts that are 0.
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
