package pebblestore

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/redact"
)

// engineLog passes the engine's lines on, without whatever the engine does not
// itself call safe, and without the directory, which it does call safe.
type engineLog struct {
	to   *slog.Logger
	dir  string
	fail *failure
}

func (l *engineLog) line(level slog.Level, format string, args []any) {
	if l.to == nil || !l.to.Enabled(context.Background(), level) {
		return
	}
	l.to.Log(context.Background(), level, l.words(format, args), slog.String("engine", "pebble"))
}

// words is a line that may be shown. The directory goes before the white space
// does, which may be part of it.
func (l *engineLog) words(format string, args []any) string {
	text := redact.Sprintf(format, args...)
	if l.dir != "" {
		text = redact.RedactableString(strings.ReplaceAll(string(text), l.dir, "…"))
	}
	return clean(text)
}

// Infof is what goes on inside: debugging, to our users.
func (l *engineLog) Infof(format string, args ...any) { l.line(slog.LevelDebug, format, args) }

func (l *engineLog) Errorf(format string, args ...any) { l.line(slog.LevelError, format, args) }

// Fatalf is the engine's way to say that it cannot go on. The process can: the
// store is marked as failed and this goroutine, which the engine or this package
// started, ends. It must not return, for the engine would take that for success.
// The deferred calls of the engine that run now release its locks, so that
// nobody waits for ever; the one that must not run is out of reach here, see
// guard.
func (l *engineLog) Fatalf(format string, args ...any) {
	l.line(slog.LevelError, format, args)
	l.fail.set(engineFailure(fatal(format, args)))
	runtime.Goexit()
}

// fatal is the error among the arguments, or else the text.
func fatal(format string, args []any) error {
	for _, a := range args {
		if err, ok := a.(error); ok {
			return err
		}
	}
	return errors.New(clean(redact.Sprintf(format, args...)))
}

// events turns a failure of the engine's background work into a failure of the
// store: flushes that fail would otherwise be tried for ever while commits pile
// up behind them. Damage found by a read is only that read's error.
func (l *engineLog) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			l.Errorf("background error: %v", err)
			l.fail.set(engineFailure(err))
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			l.Errorf("data corruption: %v", info.Details)
		},
	}
}
