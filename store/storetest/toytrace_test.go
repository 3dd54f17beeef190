package storetest

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/store"
)

// toyTraced tells a tracer of the verbs of a handle. Operations inside find
// the tracer in the context.
type toyTraced struct {
	handle
	e      *toyEngine
	tracer store.Tracer
	inside bool
}

type toyTracerKey struct{}

var errToyNoReturn = errors.New("did not return")

// trace begins an operation if the context has a tracer, and returns its end.
func (e *toyEngine) trace(ctx context.Context, op store.Op, family string) (context.Context, func(err error, attempt int)) {
	t, _ := ctx.Value(toyTracerKey{}).(store.Tracer)
	if t == nil || op.Driver() && e.is("the tracer is not told of the backend") || op == store.OpGateWait && e.is("the tracer is not told of waits") {
		return ctx, func(error, int) {}
	}
	begun := t.Begin(ctx, op, family)
	if !e.is("the tracer's context is not passed on") {
		ctx = begun
	}
	return ctx, func(err error, attempt int) {
		if op == store.OpTxHas && e.is("an operation does not end") || errors.Is(err, errToyNoReturn) && e.is("the tracer is not told of the end by a panic") {
			return
		}
		if e.is("the tracer is told of no attempts' numbers") {
			attempt = 0
		}
		t.End(begun, store.Result{Op: op, Family: family, Class: toyClass(err), Attempt: attempt})
	}
}

func toyClass(err error) store.Class {
	switch {
	case err == nil:
		return store.ClassOK
	case errors.Is(err, errToyNoReturn):
		return store.ClassNoReturn
	case errors.Is(err, store.ErrConflict):
		return store.ClassConflict
	}
	return store.ClassOther
}

// called traces one call of the backend.
func (e *toyEngine) called(ctx context.Context, op store.Op, f func(ctx context.Context) error) error {
	ctx, end := e.trace(ctx, op, "")
	err := e.call(func() error { return f(ctx) })
	end(err, 0)
	return err
}

// do traces one verb.
func (h *toyTraced) do(ctx context.Context, outside, inside store.Op, family string, f func(ctx context.Context) error) error {
	if ctx == nil {
		return f(nil)
	}
	op := outside
	if h.inside {
		op = inside
	}
	if !toyFamily(family) && !h.e.is("the tracer is told what is no family") {
		family = ""
	}
	ctx, end := h.e.trace(context.WithValue(ctx, toyTracerKey{}, h.tracer), op, family)
	err := errToyNoReturn
	defer func() { end(err, 0) }()
	err = f(ctx)
	return err
}

func (h *toyTraced) Get(ctx context.Context, family, id string) (value []byte, ok bool, err error) {
	err = h.do(ctx, store.OpGet, store.OpTxGet, family, func(ctx context.Context) (err error) {
		value, ok, err = h.handle.Get(ctx, family, id)
		return err
	})
	return value, ok, err
}

func (h *toyTraced) GetMany(ctx context.Context, family string, ids ...string) (found map[string][]byte, err error) {
	err = h.do(ctx, store.OpGetMany, store.OpTxGetMany, family, func(ctx context.Context) (err error) {
		found, err = h.handle.GetMany(ctx, family, ids...)
		return err
	})
	return found, err
}

func (h *toyTraced) Has(ctx context.Context, family, id string) (ok bool, err error) {
	err = h.do(ctx, store.OpHas, store.OpTxHas, family, func(ctx context.Context) (err error) {
		ok, err = h.handle.Has(ctx, family, id)
		return err
	})
	return ok, err
}

func (h *toyTraced) Scan(ctx context.Context, family, prefix string) store.Records {
	return func(yield func(store.Record, error) bool) {
		_ = h.do(ctx, store.OpScan, store.OpTxScan, family, func(ctx context.Context) (err error) {
			for r, err := range h.handle.Scan(ctx, family, prefix) {
				if !yield(r, err) {
					break
				}
			}
			return err
		})
	}
}

func (h *toyTraced) Families(ctx context.Context) (names []string, err error) {
	err = h.do(ctx, store.OpFamilies, store.OpTxFamilies, "", func(ctx context.Context) (err error) {
		names, err = h.handle.Families(ctx)
		return err
	})
	return names, err
}

func (h *toyTraced) Set(ctx context.Context, ws ...write) error {
	return h.do(ctx, store.OpSet, store.OpTxSet, "", func(ctx context.Context) error { return h.handle.Set(ctx, ws...) })
}

func (h *toyTraced) Clear(ctx context.Context) error {
	return h.do(ctx, store.OpClear, store.OpTxClear, "", h.handle.Clear)
}

func (h *toyTraced) Transaction(ctx context.Context, label string, fn txFunc) error {
	return h.do(ctx, store.OpTransaction, store.OpTxTransaction, "", func(ctx context.Context) error {
		return h.handle.Transaction(ctx, label, h.tracing(fn))
	})
}

func (h *toyTraced) TransactionWith(ctx context.Context, o store.TxOptions, fn txFunc) error {
	return h.do(ctx, store.OpTransaction, store.OpTxTransaction, "", func(ctx context.Context) error {
		return h.handle.TransactionWith(ctx, o, h.tracing(fn))
	})
}

// tracing gives the callback a traced handle.
func (h *toyTraced) tracing(fn txFunc) txFunc {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, tx handle) error { return fn(ctx, &toyTraced{tx, h.e, h.tracer, true}) }
}

// toyTracedStore is toyTraced of a store.
type toyTracedStore struct {
	toyTraced
	s *toyStore
}

func newToyTraced(s *toyStore) root {
	return &toyTracedStore{toyTraced{handle: s, e: s.e, tracer: s.set.Tracer}, s}
}

func (s *toyTracedStore) View(ctx context.Context, fn txFunc) error {
	return s.do(ctx, store.OpView, store.OpView, "", func(ctx context.Context) error { return s.s.View(ctx, s.tracing(fn)) })
}

func (s *toyTracedStore) Namespaces(ctx context.Context) (names []string, err error) {
	err = s.do(ctx, store.OpNamespaces, store.OpNamespaces, "", func(ctx context.Context) (err error) {
		names, err = s.s.Namespaces(ctx)
		return err
	})
	return names, err
}

func (s *toyTracedStore) Namespace(name string) root {
	other := *s.s
	other.namespace = name
	return newToyTraced(&other)
}

func (s *toyTracedStore) Close() error { return s.s.Close() }
