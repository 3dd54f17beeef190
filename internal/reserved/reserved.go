// Package reserved lets keyfam's own packages reach the families that start
// with '_', which hold the store's rows about itself. It is internal so that
// nobody else can.
package reserved

import "context"

// The families that start with '_'.
const (
	// Schema holds the facts of each package that uses the namespace, by the
	// package's name.
	Schema = "_schema"
	// Copy holds the mark of a copy that has begun.
	Copy = "_copy"
)

type key struct{}

// Context returns a context with which store accepts families that start
// with '_'.
func Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, true)
}

// Allowed reports whether ctx came from [Context].
func Allowed(ctx context.Context) bool {
	return ctx.Value(key{}) != nil
}
