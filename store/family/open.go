package family

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/internal/stored"
	"github.com/keyfam/keyfam/store"
)

// Open compares the schema of a generated package with the one that the
// namespace of s was written with. It stores facts that are new or wider than
// before, and from then on narrower code is refused. pkg is the name of the
// package, schema its facts. A store that cannot be written opens if only
// names are new. Generated code calls it.
//
// Errors: [store.ErrSchema], with the family or the field, if
//   - the text of an id, or the number of a field, is another one,
//   - a type cannot hold what may be stored,
//   - a field that must be there is new or missing,
//   - a retired name or number is used again,
//   - a family belongs to another package,
//   - newer code of the package stored a fact that must be understood and is
//     not known here.
func Open(ctx context.Context, s *store.Store, pkg, schema string) error {
	if ctx == nil {
		return openError(errors.Join(store.ErrInvalid, errors.New("nil context")))
	}
	mine, err := parseOwn(schema)
	if err != nil {
		return openError(err)
	}
	described := false // only facts that describe are new
	err = s.Transaction(reserved.Context(ctx), "", func(ctx context.Context, tx *store.Tx) error {
		known, err := schemaRows(ctx, tx, pkg, mine)
		if err != nil {
			return openError(err)
		}
		before := known.Binding()
		if !known.Merge(mine) {
			return nil
		}
		described = maps.Equal(before, known.Binding())
		return tx.Set(ctx, new(store.DataSet).Put(reserved.Schema, pkg, []byte(known.Text())))
	})
	if described && errors.Is(err, store.ErrReadOnly) {
		return nil
	}
	return err
}

// parseOwn parses the facts of the package itself.
func parseOwn(schema string) (stored.Facts, error) {
	mine, err := stored.Parse(schema)
	if err != nil {
		return nil, fmt.Errorf("%w: the schema of the package is %w", store.ErrSchema, err)
	}
	if kind := mine.Beyond(); kind != "" {
		return nil, mismatch("the schema of the package has facts of the kind %s: it needs a newer keyfam", kind)
	}
	return mine, nil
}

// schemaRows returns the stored facts of pkg. The error is [store.ErrSchema]
// if code with the facts mine cannot use the namespace. An unknown fact in the
// row of another package does no harm: a family of that row is refused in any
// case.
func schemaRows(ctx context.Context, tx *store.Tx, pkg string, mine stored.Facts) (known stored.Facts, err error) {
	known = stored.Facts{}
	for row, err := range tx.Scan(ctx, reserved.Schema, "") {
		if err != nil {
			return nil, err
		}
		theirs, err := stored.Parse(string(row.Value))
		switch {
		case err != nil:
			return nil, rowError(row.ID, err)
		case row.ID == pkg:
			known = theirs
		default:
			if err := claims(theirs, mine, row.ID); err != nil {
				return nil, err
			}
		}
	}
	if kind := known.Beyond(); kind != "" {
		return nil, mismatch("a newer version of the package %s has written here: its schema has facts of the kind %s", pkg, kind)
	}
	return known, fits(known, mine)
}

// fits returns an error if code with the facts mine cannot use what was stored
// with the facts known. The error names the family or the field.
func fits(known, mine stored.Facts) error {
	if why := known.Refusal(mine); why != "" {
		return mismatch("%s", why)
	}
	return nil
}

// claims returns an error if both packages have a family of one name.
func claims(theirs, mine stored.Facts, other string) error {
	taken := theirs.Families()
	for _, name := range mine.Families() {
		if _, found := slices.BinarySearch(taken, name); found {
			return mismatch("family %s belongs to the package %s", name, other)
		}
	}
	return nil
}

// rowError says why the schema row of a package cannot be read.
func rowError(pkg string, err error) error {
	if errors.Is(err, stored.ErrMalformed) {
		return fmt.Errorf("%w: the schema row of the package %s: %w", store.ErrCorrupt, pkg, err)
	}
	return mismatch("the schema row of the package %s was %w", pkg, err)
}

func openError(err error) error { return &store.Error{Op: "open", Err: err} }

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{store.ErrSchema}, args...)...)
}
