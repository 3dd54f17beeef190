package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/keyfam/keyfam/store"
)

// The exit codes.
const (
	exitDone     = 0
	exitFindings = 1 // or bad input
	exitUsage    = 2
	exitRefused  = 3 // the store is open elsewhere, or cannot be used
	exitCorrupt  = 4
)

// app is one run of famctl.
type app struct {
	in, out, err *os.File
	backends     []backend

	store        string
	namespace    string
	oneNamespace bool // --namespace was given
	json         bool
	wait         time.Duration // for a store that is open elsewhere

	said    output // standard output, as text
	started bool   // the command line was understood
	verb    string // as much of it as was, for the hint
}

func (a *app) run(ctx context.Context, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
	a.verb = root.Name()
	cmd, err := root.ExecuteContextC(ctx)
	if cmd != nil {
		a.verb = cmd.CommandPath()
	}
	if err == nil && a.said.err != nil { // a full disk
		err, a.started = a.said.err, true
	}
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &usage) || !a.started:
		a.complain(err)
		if !a.json {
			fmt.Fprintf(a.err, "Run '%s --help' for usage.\n", a.verb)
		}
		return exitUsage
	case ctx.Err() != nil:
		err = errInterrupted
	}
	a.complain(err)
	return exitOf(err)
}

// exitOf returns the exit code of a verb that failed. A missing store is bad input,
// since waiting does not help.
func exitOf(err error) int {
	switch {
	case errors.Is(err, store.ErrCorrupt):
		return exitCorrupt
	case errors.Is(err, store.ErrUnavailable) && !errors.Is(err, fs.ErrNotExist):
		return exitRefused
	}
	return exitFindings
}

var (
	// errFindings ends a command that has already said what it found.
	errFindings    = errors.New("findings")
	errInterrupted = errors.New("interrupted")
)

// usageError is a usage error: a command line that famctl does not understand.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// complain shows an error, for machines as one line of JSON.
func (a *app) complain(err error) {
	if a.json {
		line, _ := json.Marshal(map[string]string{"error": err.Error()})
		fmt.Fprintf(a.err, "%s\n", line)
		return
	}
	fmt.Fprintf(a.err, "famctl: %v\n", err)
}

// emit writes one line of JSON for machines.
func (a *app) emit(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// answer gives machines v and people what show prints.
func (a *app) answer(v any, show func()) error {
	if a.json {
		return a.emit(v)
	}
	show()
	return nil
}

func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.stdout(), format, args...) }

// output is standard output for text. It remembers the first error, which makes
// the run one that failed.
type output struct {
	to  io.Writer
	err error
}

func (a *app) stdout() *output {
	a.said.to = a.out
	return &a.said
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// note tells people something on the side; machines get none of it.
func (a *app) note(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.err, format, args...)
	}
}

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
