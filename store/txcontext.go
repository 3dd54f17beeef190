package store

import (
	"context"

	"github.com/keyfam/keyfam/internal/hidden"
)

// txContext is the context of a callback. The txContexts inside a context form
// a chain: the transactions, of this store and of others, that it runs in.
type txContext struct {
	context.Context
	of hidden.Pointer[attempt]
}

func newContext(ctx context.Context, a *attempt) txContext {
	return txContext{Context: ctx, of: hidden.To(a)}
}

func (c *txContext) attempt() *attempt { return c.of.Get() }

type chainKey struct{}

// Value returns the innermost txContext for chainKey.
func (c *txContext) Value(key any) any {
	if key == (chainKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// next returns the txContext around c, nil if there is none.
func (c *txContext) next() *txContext {
	outer, _ := c.Context.Value(chainKey{}).(*txContext)
	return outer
}

// chain returns the innermost txContext of ctx, nil if there is none.
func chain(ctx context.Context) *txContext {
	innermost, _ := ctx.Value(chainKey{}).(*txContext)
	return innermost
}

// insideOf reports whether ctx comes from a callback on this backend and
// namespace whose transaction has not ended.
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

// within returns a context in the chain of a: ctx itself if it is already.
func (a *attempt) within(ctx context.Context) context.Context {
	for c := chain(ctx); c != nil; c = c.next() {
		if c.attempt() == a {
			return ctx
		}
	}
	c := newContext(ctx, a)
	return &c
}
