package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/redact"

	"github.com/keyfam/keyfam/store/driver"
)

// failure is the mark that the engine has failed. It is set once and never
// taken back: the store answers nothing but this error until it is opened anew.
type failure struct {
	once   sync.Once
	failed chan struct{} // closed when set
	cause  error
}

func newFailure() *failure { return &failure{failed: make(chan struct{})} }

func (f *failure) set(err error) {
	f.once.Do(func() {
		f.cause = err
		close(f.failed)
	})
}

// err is nil as long as the engine works.
func (f *failure) err() error {
	select {
	case <-f.failed:
		return f.cause
	default:
		return nil
	}
}

// inFlight is the error of a commit that was under way when the engine failed.
// It may be on disk or not; opening the store again tells.
func (f *failure) inFlight() error {
	return fmt.Errorf("%w until the store is opened again: %w", driver.ErrUnknownOutcome, f.err())
}

// engineError is an error of the engine in words that may be shown: those that
// the engine itself calls safe, and the operating system's. Keys are not among
// them.
type engineError struct {
	text  string
	kinds []error
}

func (e *engineError) Error() string   { return e.text }
func (e *engineError) Unwrap() []error { return e.kinds }

// engineFailure is what a failed engine answers from then on.
func engineFailure(err error) error {
	e := translate(err).(*engineError)
	e.text = "engine failed, close the store and open it again: " + e.text
	if !errors.Is(e, driver.ErrUnavailable) {
		e.kinds = append(e.kinds, driver.ErrUnavailable)
	}
	return e
}

func enginePanic(v any) error { return engineFailure(fatal("engine panicked: %v", []any{v})) }

// translate gives an error of the engine about its own files the sentinel that
// fits: damage, or else an engine that does not work. A file that is not there is
// damage.
func translate(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return worded(driver.ErrCorrupt, err)
	}
	return unusable(err)
}

// unusable is translate for what lies outside the store.
func unusable(err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return worded(driver.ErrCorrupt, err)
	}
	return worded(driver.ErrUnavailable, err)
}

func worded(sentinel, err error) error {
	var ours *engineError
	if errors.As(err, &ours) {
		return &engineError{ours.text, slices.Clone(ours.kinds)}
	}
	e := &engineError{text: sentinel.Error() + ": " + safeText(err), kinds: []error{sentinel}}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		e.kinds = append(e.kinds, errno)
	}
	return e
}

func safeText(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return clean(redact.Sprint(err))
}

// path is an absolute path, to the next character that seldom is part of one.
var path = regexp.MustCompile(`(^|[^\w.…])(?:[A-Za-z]:)?[\\/][^\s,;:(){}\[\]"'][^,;:(){}\[\]"'\n]*`)

// clean is text in one line, with three dots for what the engine does not itself
// call safe and for absolute paths, which it does here and there.
func clean(text redact.RedactableString) string {
	marked := strings.ReplaceAll(string(text.Redact()), string(redact.RedactedMarker()), "…")
	shown := path.ReplaceAllString(redact.RedactableString(marked).StripMarkers(), "${1}…")
	return strings.Join(strings.Fields(shown), " ")
}
