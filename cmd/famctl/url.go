package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// access is what a verb does with its store.
type access int

const (
	toRead   access = iota // never makes or changes anything
	toChange               // there must be a store
	toFill                 // makes the store if there is none
)

// anySize lets a tool read and copy what a program with other limits wrote.
var anySize = store.Options{MaxIDBytes: 64 << 10, MaxValueBytes: 256 << 20, MaxCommitBytes: 512 << 20}

// open opens the store of --store in the namespace of --namespace.
func (a *app) open(ctx context.Context, to access, o store.Options) (*store.Store, error) {
	what, url, err := a.storeURL()
	if err != nil {
		return nil, err
	}
	st, err := a.openURL(ctx, what, url, to, o)
	if err != nil {
		return nil, err
	}
	return st.Namespace(a.namespace), nil
}

// storeVariable names the store where --store does not.
const storeVariable = "KEYFAM_STORE"

// storeURL returns the URL of the store, and what names it in errors.
func (a *app) storeURL() (what, url string, err error) {
	if a.store != "" {
		return "--store", a.store, nil
	}
	if url := os.Getenv(storeVariable); url != "" {
		return storeVariable, url, nil
	}
	return "", "", usagef("--store is missing: %s, or the variable %s", a.urlForms(), storeVariable)
}

// A backend opens the stores of one scheme.
type backend struct {
	scheme string
	form   string // of its URLs, for errors and help: pebble:DIR
	about  string // for help, in some words
	// open opens a store. rest is the URL without its scheme, and what names the
	// argument in errors, which must not repeat the URL.
	open func(ctx context.Context, a *app, what, rest string, to access, o store.Options) (*store.Store, error)
}

// openURL opens a store by URL, with the backend of its scheme.
func (a *app) openURL(ctx context.Context, what, url string, to access, o store.Options) (*store.Store, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	for _, b := range a.backends {
		if b.scheme == scheme && strings.HasPrefix(url, scheme+":") {
			return b.open(ctx, a, what, rest, to, o)
		}
	}
	return nil, a.notURL(what)
}

// notURL is the error of an argument that is no URL of a store.
func (a *app) notURL(what string) error {
	return usagef("%s is not the URL of a store: %s", what, a.urlForms())
}

// urlForms lists the forms of all URLs: "pebble:DIR or memory:".
func (a *app) urlForms() string {
	var forms []string
	for _, b := range a.backends {
		forms = append(forms, b.form)
	}
	return strings.Join(forms, " or ")
}

// urlHelp has a line for each backend.
func (a *app) urlHelp() string {
	var lines strings.Builder
	for _, b := range a.backends {
		fmt.Fprintf(&lines, "  %-12s %s\n", b.form, b.about)
	}
	return lines.String()
}

// memoryBackend keeps a store as long as the run.
var memoryBackend = backend{"memory", "memory:", "an empty store that is gone when famctl ends, to try things out", openMemory}

func openMemory(ctx context.Context, a *app, what, rest string, _ access, o store.Options) (*store.Store, error) {
	if rest != "" {
		return nil, a.notURL(what)
	}
	return memstore.Open(ctx, &o)
}

// pebbleBackend keeps stores in directories.
var pebbleBackend = backend{"pebble", "pebble:DIR", "a directory; one process at a time has it open", openPebble}

func openPebble(ctx context.Context, a *app, what, dir string, to access, o store.Options) (*store.Store, error) {
	switch {
	case dir == "":
		return nil, a.notURL(what)
	case strings.HasPrefix(dir, "//"):
		return nil, usagef("%s: the directory follows pebble: as it is, as in pebble:./keys or pebble:/var/lib/keys", what)
	case strings.HasPrefix(dir, "~"):
		return nil, usagef("%s: the shell expands no ~ there: write pebble:$HOME/keys, or pebble:./~ for a directory of that name", what)
	}
	// A slip in the name must not make a new store.
	options := &pebblestore.Options{Store: o, ReadOnly: to == toRead, MustExist: to != toFill}
	end := time.Now().Add(a.wait)
	for {
		st, err := pebblestore.Open(ctx, dir, options)
		switch {
		case err == nil:
			return st, nil
		case !errors.Is(err, pebblestore.ErrLocked):
			return nil, openError(what, err)
		case !time.Now().Before(end):
			return nil, fmt.Errorf("%w (wait for it with --wait 10s; 'famctl backup --help' says how a running program copies its store)", openError(what, err))
		}
		select {
		case <-time.After(min(waitStep, time.Until(end))):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// waitStep is the time between two looks at a store that is open elsewhere.
const waitStep = 50 * time.Millisecond

// openError names the argument instead of the verb.
func openError(what string, err error) error {
	if e := (*store.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// closeStore closes a store at the end of a verb, and adds its error to the
// verb's.
func closeStore(st *store.Store, err *error) {
	*err = errors.Join(*err, st.Close())
}

// namespaces returns the namespaces that a verb works in: that of --namespace,
// which must hold a record, or all.
func (a *app) namespaces(ctx context.Context, st *store.Store) ([]string, error) {
	if a.oneNamespace {
		return []string{a.namespace}, a.mustHold(ctx, st.Namespace(a.namespace))
	}
	return st.Namespaces(ctx)
}

var errNoNamespace = errors.New("the namespace holds nothing: see ls --namespaces for those that do")

// mustHold refuses a namespace without records: its name is probably a typing
// mistake.
func (a *app) mustHold(ctx context.Context, st *store.Store) error {
	families, err := st.Families(ctx)
	if err == nil && len(families) == 0 {
		err = errNoNamespace
	}
	return err
}
