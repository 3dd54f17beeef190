package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/redact"

	"github.com/keyfam/keyfam/store/driver"
)

// shown is an error whose text may be shown.
type shown struct {
	text  string
	kinds []error
}

func (e *shown) Error() string   { return e.text }
func (e *shown) Unwrap() []error { return e.kinds }

// Unavailable returns an error that wraps [driver.ErrUnavailable] and has
// exactly this text.
func Unavailable(text string) error { return &shown{text, []error{driver.ErrUnavailable}} }

// Failure is what a failed engine returns from then on.
func Failure(err error) error {
	e := Translate(err).(*shown)
	e.text = "engine failed, close the store and open it again: " + e.text
	if !errors.Is(e, driver.ErrUnavailable) {
		e.kinds = append(e.kinds, driver.ErrUnavailable)
	}
	return e
}

// Panic is Failure for a value that the engine panicked with.
func Panic(v any) error { return Failure(Fatal("engine panicked: %v", []any{v})) }

// Fatal returns the error among the arguments, or else the text as an error.
func Fatal(format string, args []any) error {
	for _, a := range args {
		if err, ok := a.(error); ok {
			return err
		}
	}
	return errors.New(Clean(redact.Sprintf(format, args...)))
}

// Translate gives an error about the store's own files its sentinel:
// [driver.ErrCorrupt] for damage and missing files, otherwise
// [driver.ErrUnavailable].
func Translate(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return worded(driver.ErrCorrupt, err)
	}
	return Unusable(err)
}

// Unusable is Translate for what lies outside the store: a missing file is
// [driver.ErrUnavailable].
func Unusable(err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return worded(driver.ErrCorrupt, err)
	}
	return worded(driver.ErrUnavailable, err)
}

// Damaged is Translate for an engine that does not open: everything except an
// error of the operating system is damage.
func Damaged(err error) error {
	e := Translate(err)
	var errno syscall.Errno
	if !errors.Is(e, driver.ErrCorrupt) && !errors.As(err, &errno) {
		return fmt.Errorf("%w: %s", driver.ErrCorrupt, safeText(err))
	}
	return e
}

func worded(sentinel, err error) error {
	var ours *shown
	if errors.As(err, &ours) {
		return &shown{ours.text, slices.Clone(ours.kinds)}
	}
	e := &shown{text: sentinel.Error() + ": " + safeText(err), kinds: []error{sentinel}}
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
	return Clean(redact.Sprint(err))
}

// path matches an absolute path. It ends at a character that is rare in paths.
var path = regexp.MustCompile(`(^|[^\w.…])(?:[A-Za-z]:)?[\\/][^\s,;:(){}\[\]"'][^,;:(){}\[\]"'\n]*`)

// Clean returns the text in one line. Three dots replace what the engine does
// not mark as safe, and absolute paths, some of which the engine marks as
// safe.
func Clean(text redact.RedactableString) string {
	marked := strings.ReplaceAll(string(text.Redact()), string(redact.RedactedMarker()), "…")
	cleaned := path.ReplaceAllString(redact.RedactableString(marked).StripMarkers(), "${1}…")
	return strings.Join(strings.Fields(cleaned), " ")
}
