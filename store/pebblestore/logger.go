package pebblestore

import (
	"context"
	"log/slog"
	"runtime"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/redact"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// engineLog passes the engine's messages on. It removes what the engine does
// not mark as safe, and the directory's path, which the engine does mark as
// safe.
type engineLog struct {
	to   *slog.Logger
	dir  string
	fail *fault.Mark
}

func (l *engineLog) line(level slog.Level, format string, args []any) {
	if l.to == nil || !l.to.Enabled(context.Background(), level) {
		return
	}
	l.to.Log(context.Background(), level, l.words(format, args), slog.String("engine", "pebble"))
}

// words returns a message that may be shown. It removes the directory's path
// before it changes white space, because the path may contain some.
func (l *engineLog) words(format string, args []any) string {
	text := redact.Sprintf(format, args...)
	if l.dir != "" {
		text = redact.RedactableString(strings.ReplaceAll(string(text), l.dir, "…"))
	}
	return fault.Clean(text)
}

// Infof logs at level debug: it is about the inside of the engine.
func (l *engineLog) Infof(format string, args ...any) { l.line(slog.LevelDebug, format, args) }

func (l *engineLog) Errorf(format string, args ...any) { l.line(slog.LevelError, format, args) }

// Fatalf is called when the engine cannot go on. The process can: Fatalf marks
// the store as failed and ends this goroutine, which the engine or this
// package has started. It must not return: the engine would take that for
// success. The engine's deferred calls run now and release its locks, so that
// nobody waits for ever. The one that must not run is never on this path: see
// guard.FS.
func (l *engineLog) Fatalf(format string, args ...any) {
	l.line(slog.LevelError, format, args)
	l.fail.Set(fault.Failure(fault.Fatal(format, args)))
	runtime.Goexit()
}

// events makes a failure of the engine's background work a failure of the
// store. Otherwise the engine would repeat a failing flush for ever while
// commits pile up behind it. Damage that a read finds is only that read's
// error.
func (l *engineLog) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			l.Errorf("background error: %v", err)
			l.fail.Set(fault.Failure(err))
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			l.Errorf("data corruption: %v", info.Details)
		},
	}
}
