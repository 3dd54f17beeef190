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

// storeURL is the URL of the store, and what it was given by.
func (a *app) storeURL() (what, url string, err error) {
	if a.store != "" {
		return "--store", a.store, nil
	}
	if url := os.Getenv(storeVariable); url != "" {
		return storeVariable, url, nil
	}
	return "", "", usagef("--store is missing: pebble:DIR or memory:, or the variable %s", storeVariable)
}

// openURL opens a store by URL. what names the argument in errors, which must
// not repeat the URL.
func (a *app) openURL(ctx context.Context, what, url string, to access, o store.Options) (*store.Store, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case ok && scheme == "memory" && rest == "":
		return memstore.Open(ctx, &o)
	case ok && scheme == "pebble" && strings.HasPrefix(rest, "//"):
		return nil, usagef("%s: the directory follows pebble: as it is, as in pebble:./keys or pebble:/var/lib/keys", what)
	case ok && scheme == "pebble" && strings.HasPrefix(rest, "~"):
		return nil, usagef("%s: the shell expands no ~ there: write pebble:$HOME/keys, or pebble:./~ for a directory of that name", what)
	case ok && scheme == "pebble" && rest != "":
		return a.openPebble(ctx, what, rest, to, o)
	}
	return nil, usagef("%s is not the URL of a store: pebble:DIR or memory:", what)
}

func (a *app) openPebble(ctx context.Context, what, dir string, to access, o store.Options) (*store.Store, error) {
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

// closeStore closes a store at the end of a verb; what it has to say is lost only
// if the verb has failed already.
func closeStore(st *store.Store, err *error) {
	*err = errors.Join(*err, st.Close())
}

// namespaces are those that a verb works in: that of --namespace, which must hold
// something, else all.
func (a *app) namespaces(ctx context.Context, st *store.Store) ([]string, error) {
	if a.oneNamespace {
		return []string{a.namespace}, a.mustHold(ctx, st.Namespace(a.namespace))
	}
	return st.Namespaces(ctx)
}

var errNoNamespace = errors.New("the namespace holds nothing: see ls --namespaces for those that do")

// mustHold refuses a namespace without records: its name is a slip, most likely.
func (a *app) mustHold(ctx context.Context, st *store.Store) error {
	families, err := st.Families(ctx)
	if err == nil && len(families) == 0 {
		err = errNoNamespace
	}
	return err
}
