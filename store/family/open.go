package family

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/internal/stored"
	"github.com/keyfam/keyfam/store"
)

// schemaFamily holds the facts of each package that uses the namespace, by the
// package's name.
const schemaFamily = "_schema"

// Open checks that code generated with a schema can use the namespace that the
// handle is of, and notes there what of the schema is new to it or wider than
// before; from then on narrower code is refused. pkg is the generated package's
// name, schema its facts.
//
// Errors: [store.ErrSchema], with the family or the field, if one that both know
// has another id text, a type that cannot hold what may be stored or another
// number, if a field that must be there is new or missing, if one that was retired
// is used again, or if a family belongs to another package.
func Open(ctx context.Context, s *store.Store, pkg, schema string) error {
	if ctx == nil {
		return openError(errors.Join(store.ErrInvalid, errors.New("nil context")))
	}
	mine, err := stored.Parse(schema)
	if err != nil {
		return openError(fmt.Errorf("%w: the schema of the package is %w", store.ErrSchema, err))
	}
	return s.Transaction(reserved.Context(ctx), "", func(ctx context.Context, tx *store.Tx) error {
		known := stored.Facts{}
		for row, err := range tx.Scan(ctx, schemaFamily, "") {
			if err != nil {
				return err
			}
			theirs, err := stored.Parse(string(row.Value))
			if err != nil {
				return openError(rowError(err))
			}
			if row.ID == pkg {
				known = theirs
			} else if err := claims(theirs, mine, row.ID); err != nil {
				return openError(err)
			}
		}
		if err := fits(known, mine); err != nil {
			return openError(err)
		}
		if !known.Merge(mine) {
			return nil
		}
		return tx.Set(ctx, new(store.DataSet).Put(schemaFamily, pkg, []byte(known.Text())))
	})
}

// rowError is why a schema row cannot be read.
func rowError(err error) error {
	if errors.Is(err, stored.ErrNewer) {
		return mismatch("the schema row was %w", err)
	}
	return fmt.Errorf("%w: the schema row: %w", store.ErrCorrupt, err)
}

func openError(err error) error { return &store.Error{Op: "open", Err: err} }
