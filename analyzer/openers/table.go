// Package openers is the table of functions that open transactions.
//
// The checks of famvet do not know any store by heart: they read from a
// [Table] which functions run a callback inside a transaction, which argument
// is that callback and which of its parameters is the handle. [Default] knows
// keyfam's own; [Parse] adds other libraries.
package openers

import (
	"encoding/json"
	"fmt"
	"go/types"
	"io"
	"slices"
	"strings"
)

// Generated, in place of an import path, stands for every package that famgen
// wrote.
const Generated = "famgen"

// An Opener is a function that runs a callback inside a transaction.
type Opener struct {
	// Receiver is the name of the receiver's type without its star; empty for a package function.
	Receiver string `json:"receiver,omitempty"`
	// Func is the name of the method or function.
	Func string `json:"func"`
	// Outer is the index of the argument that is the outer handle; used only without a Receiver.
	Outer int `json:"outer,omitempty"`
	// Callback is the index of the argument that is the callback, receiver not counted.
	Callback int `json:"callback"`
	// Handle is the index of the callback's parameter that is the transaction's handle, -1 if it gets none.
	Handle int `json:"handle"`
	// Reruns says that the callback may run more than once.
	Reruns bool `json:"reruns,omitempty"`
	// ReadOnly says that the handle refuses writes.
	ReadOnly bool `json:"read_only,omitempty"`
}

// A Library says what the checks must know of one package. Methods are written Type.Method, functions by name.
type Library struct {
	// Package is an import path, or [Generated].
	Package string `json:"package"`
	// Openers are the functions that open transactions.
	Openers []Opener `json:"openers,omitempty"`
	// Derives are methods whose first result belongs to their receiver and does not touch the store by being made
	// (bbolt: Tx.Bucket).
	Derives []string `json:"derives,omitempty"`
	// Accessors says that every method without parameters whose only result is a named type derives like Derives.
	Accessors bool `json:"accessors,omitempty"`
	// Harmless are methods of the outer handle that may be called anywhere (bbolt: DB.Path).
	Harmless []string `json:"harmless,omitempty"`
	// Other are methods whose result is another store, not the receiver's (keyfam: Store.Namespace).
	Other []string `json:"other,omitempty"`
	// Wraps are functions whose result is a view of the store in the argument of that index (a generated Open).
	Wraps map[string]int `json:"wraps,omitempty"`
	// After are methods that run their callback when the transaction is over (bbolt: Tx.OnCommit).
	After []string `json:"after,omitempty"`
}

// A Table holds the libraries that the checks know.
type Table struct {
	Libraries []Library `json:"libraries"`
}

// Parse reads a table as JSON. Unknown members are an error.
func Parse(r io.Reader) (*Table, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	t := new(Table)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("openers: %w", err)
	}
	for _, lib := range t.Libraries {
		if err := lib.check(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (l *Library) check() error {
	if l.Package == "" {
		return fmt.Errorf("openers: a library needs its import path in \"package\"")
	}
	for _, o := range l.Openers {
		if o.Func == "" || o.Callback < 0 || o.Handle < -1 || o.Outer < 0 {
			return fmt.Errorf("openers: %s: an opener needs \"func\" and indexes from 0 (handle: -1 for none)", l.Package)
		}
	}
	return nil
}

// Add appends the libraries of other.
func (t *Table) Add(other *Table) { t.Libraries = append(t.Libraries, other.Libraries...) }

// Opener returns the entry of fn, or nil.
func (t *Table) Opener(fn *types.Func) *Opener {
	lib := t.library(fn.Pkg())
	if lib == nil {
		return nil
	}
	recv, name := receiverName(fn), fn.Name()
	for i := range lib.Openers {
		if o := &lib.Openers[i]; o.Func == name && o.Receiver == recv {
			return o
		}
	}
	return nil
}

// Derives reports whether the first result of fn belongs to its receiver.
func (t *Table) Derives(fn *types.Func) bool {
	lib := t.library(fn.Pkg())
	return lib != nil && (slices.Contains(lib.Derives, methodName(fn)) || lib.Accessors && isAccessor(fn))
}

// Harmless reports whether fn may be called on the outer handle anywhere.
func (t *Table) Harmless(fn *types.Func) bool {
	lib := t.library(fn.Pkg())
	return lib != nil && slices.Contains(lib.Harmless, methodName(fn))
}

// Other reports whether the result of fn is another store than its receiver.
func (t *Table) Other(fn *types.Func) bool {
	lib := t.library(fn.Pkg())
	return lib != nil && slices.Contains(lib.Other, methodName(fn))
}

// After reports whether fn runs its callback when the transaction is over.
func (t *Table) After(fn *types.Func) bool {
	lib := t.library(fn.Pkg())
	return lib != nil && slices.Contains(lib.After, methodName(fn))
}

// Wraps returns the index of fn's argument that its result is a view of.
func (t *Table) Wraps(fn *types.Func) (int, bool) {
	lib := t.library(fn.Pkg())
	if lib == nil {
		return 0, false
	}
	i, ok := lib.Wraps[methodName(fn)]
	return i, ok
}

// Knows reports whether pkg is one of the table's libraries.
func (t *Table) Knows(pkg *types.Package) bool { return t.library(pkg) != nil }

// Declares reports whether typ (or what it points to) is declared in one of the table's libraries.
func (t *Table) Declares(typ types.Type) bool {
	named := namedOf(typ)
	return named != nil && t.Knows(named.Obj().Pkg())
}

// Outers returns the types of pkg that methods of its openers have as receiver, as pointers.
func (t *Table) Outers(pkg *types.Package) []types.Type {
	lib := t.library(pkg)
	if lib == nil {
		return nil
	}
	var out []types.Type
	for _, o := range lib.Openers {
		if tn, ok := pkg.Scope().Lookup(o.Receiver).(*types.TypeName); ok && !types.IsInterface(tn.Type()) {
			out = append(out, types.NewPointer(tn.Type()))
		}
	}
	return out
}

// Handles returns the types of pkg that only ever are the handle of a transaction: what its openers give to their callbacks,
// but for an opener whose receiver has that type itself. Opening another transaction on one of them joins.
func (t *Table) Handles(pkg *types.Package) []types.Type {
	lib := t.library(pkg)
	if lib == nil {
		return nil
	}
	var out []types.Type
	for i := range lib.Openers {
		o := &lib.Openers[i]
		typ := o.handle(pkg)
		if named := namedOf(typ); named != nil && (o.Receiver == "" || named.Obj().Name() != o.Receiver) {
			out = append(out, typ)
		}
	}
	return out
}

// handle is the type of the handle that the callback is given, nil if there is none.
func (o *Opener) handle(pkg *types.Package) types.Type {
	obj := pkg.Scope().Lookup(o.Func)
	if o.Receiver != "" {
		tn, ok := pkg.Scope().Lookup(o.Receiver).(*types.TypeName)
		if !ok {
			return nil
		}
		obj, _, _ = types.LookupFieldOrMethod(tn.Type(), true, pkg, o.Func)
	}
	fn, ok := obj.(*types.Func)
	if !ok || o.Handle < 0 || o.Callback >= fn.Signature().Params().Len() {
		return nil
	}
	callback, ok := fn.Signature().Params().At(o.Callback).Type().Underlying().(*types.Signature)
	if !ok || o.Handle >= callback.Params().Len() {
		return nil
	}
	return callback.Params().At(o.Handle).Type()
}

func (t *Table) library(pkg *types.Package) *Library {
	if pkg == nil {
		return nil
	}
	for i := range t.Libraries {
		lib := &t.Libraries[i]
		if lib.Package == pkg.Path() || lib.Package == Generated && IsGenerated(pkg) {
			return lib
		}
	}
	return nil
}

func methodName(fn *types.Func) string {
	if recv := receiverName(fn); recv != "" {
		return recv + "." + fn.Name()
	}
	return fn.Name()
}

func receiverName(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	if named := namedOf(recv.Type()); named != nil {
		return named.Obj().Name()
	}
	return ""
}

func namedOf(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

func isAccessor(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Recv() == nil || sig.Params().Len() != 0 || sig.Results().Len() != 1 {
		return false
	}
	res := namedOf(sig.Results().At(0).Type())
	return res != nil && res.Obj().Pkg() != nil && !strings.HasPrefix(res.Obj().Pkg().Path(), "iter")
}
