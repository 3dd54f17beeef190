package store

import (
	"context"

	"github.com/keyfam/keyfam/internal/hidden"
)

// txContext is the context of a callback. Its marks form the chain of the
// transactions that the callback runs in, in this store and in others.
type txContext struct {
	context.Context
	of hidden.Pointer[attempt]
}

func newContext(ctx context.Context, a *attempt) txContext {
	return txContext{Context: ctx, of: hidden.To(a)}
}

func (c *txContext) attempt() *attempt { return c.of.Get() }

type chainKey struct{}

// Value answers the innermost mark for chainKey.
func (c *txContext) Value(key any) any {
	if key == (chainKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// next is the mark around c.
func (c *txContext) next() *txContext {
	outer, _ := c.Context.Value(chainKey{}).(*txContext)
	return outer
}

func chain(ctx context.Context) *txContext {
	innermost, _ := ctx.Value(chainKey{}).(*txContext)
	return innermost
}

// insideOf reports whether ctx is that of a callback whose transaction, on this
// backend and namespace, is still alive.
func insideOf(ctx context.Context, e *engine, namespace string) bool {
	for c := chain(ctx); c != nil; c = c.next() {
		if a := c.attempt(); a.store.engine() == e && a.store.namespace() == namespace && a.alive() {
			return true
		}
	}
	return false
}

// insideAny is insideOf for any backend and namespace.
func insideAny(ctx context.Context) bool {
	for c := chain(ctx); c != nil; c = c.next() {
		if c.attempt().alive() {
			return true
		}
	}
	return false
}

// within returns a context that carries the mark of a: ctx, if it does already.
func (a *attempt) within(ctx context.Context) context.Context {
	for c := chain(ctx); c != nil; c = c.next() {
		if c.attempt() == a {
			return ctx
		}
	}
	c := newContext(ctx, a)
	return &c
}
