// Pairs opens stores that one version of a generated package has written with
// another version, and prints what happened. The test that builds it writes
// versions.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// version is one generated package.
type version struct {
	open    func(context.Context, *store.Store) (any, error) // its Open
	secrets []any                                            // its NewSecret32 and the like
}

// pair is a package before and after a change.
type pair struct {
	name     string
	old, now version
}

func main() {
	failed := false
	for _, p := range pairs {
		newer, again, err := meet(p.old, p.now)
		older, back, err2 := meet(p.now, p.old)
		switch {
		case err != nil || err2 != nil:
			fmt.Printf("%s: old to new: %v, new to old: %v\n", p.name, err, err2)
			failed = true
		case !newer && again != older || !older && back != newer:
			fmt.Printf("%s: newer refused %v, at last %v; older refused %v, at last %v\n", p.name, newer, back, older, again)
			failed = true
		case newer && older:
			fmt.Println(p.name, "both")
		case newer:
			fmt.Println(p.name, "newer")
		case older:
			fmt.Println(p.name, "older")
		default:
			fmt.Println(p.name, "nobody")
		}
	}
	if failed {
		os.Exit(1)
	}
}

// meet lets the first version write a store and the second open it, read and
// rewrite every record and add its own; then the first one comes back and does the
// same. It reports whether the second was refused, and whether the first was at last.
// Nothing that was stored may change on the way.
func meet(first, second version) (refused, atLast bool, err error) {
	ctx := context.Background()
	st, err := memstore.Open(ctx, nil)
	if err != nil {
		return false, false, err
	}
	defer st.Close()
	if refused, err := visit(ctx, st, first, 1); err != nil || refused {
		return false, false, fmt.Errorf("the first version: refused %v: %w", refused, err)
	}
	refused, err = visit(ctx, st, second, 2)
	if err != nil {
		return false, false, fmt.Errorf("the second version: %w", err)
	}
	atLast, err = visit(ctx, st, first, 3)
	if err == nil && refused && atLast {
		err = errors.New("a refusal locked out who was there first")
	}
	return refused, atLast, err
}

// visit opens the store, rewrites every record of it and adds some.
func visit(ctx context.Context, st *store.Store, v version, seed int) (refused bool, err error) {
	before, err := rows(ctx, st)
	if err != nil {
		return false, err
	}
	repo, err := v.open(ctx, st)
	if refused = errors.Is(err, store.ErrSchema); err != nil && !refused {
		return false, err
	}
	if !refused {
		if err := rewrite(ctx, repo); err != nil {
			return false, err
		}
	}
	after, err := rows(ctx, st)
	if err == nil && !maps.Equal(before, after) {
		err = errors.New("the rows are others than before")
	}
	if err == nil && !refused {
		err = fill(ctx, repo, v, seed)
	}
	return refused, err
}

// rows is everything that is stored, by family and id.
func rows(ctx context.Context, st *store.Store) (map[[2]string]string, error) {
	all := map[[2]string]string{}
	families, err := st.Families(ctx)
	for _, f := range families {
		for row, err := range st.Scan(ctx, f, "") {
			if err != nil {
				return nil, err
			}
			all[[2]string{f, row.ID}] = string(row.Value)
		}
	}
	return all, err
}
