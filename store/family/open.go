package family

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
)

// schemaFamily holds the facts of each package that uses the namespace, by the
// package's name.
const schemaFamily = "_schema"

// Open checks that code generated with a schema can use the namespace that the
// handle is of, and notes there what of the schema is new to it. pkg is the
// generated package's name, schema its facts.
//
// Errors: [store.ErrSchema], with the family or the field, if one that both know
// has another key text, class or number, if one that was retired is used again,
// or if a family belongs to another package.
func Open(ctx context.Context, s *store.Store, pkg, schema string) error {
	if ctx == nil {
		return openError(errors.Join(store.ErrInvalid, errors.New("nil context")))
	}
	mine, err := parseFacts(schema)
	if err != nil {
		return openError(err)
	}
	return s.TransactionKeys(reserved.Context(ctx), nil, func(ctx context.Context, tx *store.Tx) error {
		known := facts{}
		for row, err := range tx.Scan(ctx, schemaFamily, "") {
			if err != nil {
				return err
			}
			theirs, err := parseFacts(string(row.Value))
			if err != nil {
				return openError(err)
			}
			if row.ID == pkg {
				known = theirs
			} else if err := theirs.claims(mine, row.ID); err != nil {
				return openError(err)
			}
		}
		if err := known.fits(mine); err != nil {
			return openError(err)
		}
		if !known.merge(mine) {
			return nil
		}
		return tx.Set(ctx, new(store.DataSet).Put(schemaFamily, pkg, []byte(known.text())))
	})
}

func openError(err error) error { return &store.Error{Op: "open", Err: err} }
