package main

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
)

// copyMark is the mark of a copy that has begun, in the namespace that it is to
// be a copy of, or in that without a name for one of the whole store.
const copyMark = "unfinished"

var errHalfCopied = errors.New("a copy into this store was interrupted: run it again")

// halfCopied refuses a namespace that a copy has filled in part.
func halfCopied(ctx context.Context, st *store.Store, namespaces ...string) error {
	for _, name := range append(namespaces, "") {
		marked, err := st.Namespace(name).Has(reserved.Context(ctx), reserved.Copy, copyMark)
		if err != nil {
			return err
		}
		if marked {
			return errHalfCopied
		}
	}
	return nil
}

// setCopyMark marks a copy as begun, removeCopyMark as done.
func setCopyMark(ctx context.Context, st *store.Store) error {
	return st.Set(reserved.Context(ctx), new(store.DataSet).Put(reserved.Copy, copyMark, nil))
}

func removeCopyMark(ctx context.Context, st *store.Store) error {
	return st.Set(reserved.Context(ctx), new(store.DataSet).Delete(reserved.Copy, copyMark))
}
