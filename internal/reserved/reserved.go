// Package reserved names the families that start with '_' and lets keyfam's
// own packages reach them. They hold what keyfam notes about a namespace. The
// package is internal so that nobody else can write there.
//
// The names _x.<family>.<index> are kept for derived rows of a family that are
// not in the family itself. No version writes such rows yet.
package reserved

import "context"

// The families that start with '_'.
const (
	// Schema holds the facts of each package that uses the namespace, by the
	// package's name.
	Schema = "_schema"
	// Copy holds the mark of a copy that is not complete.
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
