package family

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/internal/stored"
	"github.com/keyfam/keyfam/store"
)

// Open checks that code generated with a schema can use the namespace that the
// handle is of, and notes there what of the schema is new to it or wider than
// before; from then on narrower code is refused. pkg is the generated package's
// name, schema its facts. A store that can only be read is opened if nothing is
// new but names.
//
// Errors: [store.ErrSchema], with the family or the field, if one that both know
// has another id text, a type that cannot hold what may be stored or another
// number, if a field that must be there is new or missing, if one that was retired
// is used again, if a family belongs to another package, or if newer code of the
// package noted a fact that this version must understand and does not know.
func Open(ctx context.Context, s *store.Store, pkg, schema string) error {
	if ctx == nil {
		return openError(errors.Join(store.ErrInvalid, errors.New("nil context")))
	}
	mine, err := parseOwn(schema)
	if err != nil {
		return openError(err)
	}
	described := false // what is new only describes
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

// parseOwn reads the facts of a generated package.
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

// schemaRows reads the schema rows of a namespace and returns the facts of pkg. It
// refuses what code with the facts mine cannot use. A fact of another package's
// that must be understood stops only who claims its family, and that is refused
// anyway.
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

// rowError is why the schema row of a package cannot be read.
func rowError(pkg string, err error) error {
	if errors.Is(err, stored.ErrMalformed) {
		return fmt.Errorf("%w: the schema row of the package %s: %w", store.ErrCorrupt, pkg, err)
	}
	return mismatch("the schema row of the package %s was %w", pkg, err)
}

func openError(err error) error { return &store.Error{Op: "open", Err: err} }
