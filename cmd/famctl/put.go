package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
)

func newPut(a *app) *cobra.Command {
	var file string
	var raw, yes bool
	cmd := &cobra.Command{
		Use:   "put FAMILY ID",
		Short: "Store one record",
		Long: `Store one record, in place of the one that is there. The value is JSON as
'get --json --reveal' shows it, or with --raw the stored bytes; both are checked
with the family's schema, and a family that no schema knows takes --raw only.
Derived rows are kept in step. Of a Go type of the program's own, the bytes are taken
as they are.

The value comes from --file, or from standard input. It is no argument, because
other users of the machine can read those. put asks before it writes; in a script
say --yes.`,
		Example:           "  famctl --store pebble:./keys put device-list 12025550155 --file devices.json\n  echo '[\"0\",\"7\"]' | famctl --store pebble:./keys put device-list 12025550155 --yes",
		Args:              exactly(2, "a FAMILY and an ID"),
		ValidArgsFunction: a.completeFamilies,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !yes {
				if err := a.mayAsk(); err != nil {
					return err
				}
			}
			if file == "" && terminal(a.in) {
				return usagef("the value is missing: give --file, or pipe it in with --yes")
			}
			value, err := a.value(file)
			if err != nil {
				return err
			}
			st, err := a.open(cmd.Context(), toChange, store.Options{})
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			return a.put(cmd.Context(), st, args[0], args[1], value, raw, yes)
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "read the value from this `file`")
	cmd.Flags().BoolVar(&raw, "raw", false, "the value is the stored bytes")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) value(file string) ([]byte, error) {
	if file == "" {
		return io.ReadAll(a.in)
	}
	return os.ReadFile(file)
}

func (a *app) put(ctx context.Context, st *store.Store, arg, id string, value []byte, raw, yes bool) error {
	family := bare(arg)
	write := func(ctx context.Context, tx *store.Tx) error { return putOne(ctx, tx, arg, id, value, raw) }
	there := false
	err := rehearse(ctx, st, func(ctx context.Context, tx *store.Tx) (err error) {
		if there, err = tx.Has(ctx, family, id); err != nil {
			return err
		}
		return write(ctx, tx)
	})
	if err != nil {
		return err
	}
	if !yes {
		what := "Store a new record"
		if there {
			what = "Replace the record"
		}
		if err := a.confirm(fmt.Sprintf("%s %s of %s?", what, printable(id), family)); err != nil {
			return err
		}
	}
	if err := st.Transaction(ctx, "", write); err != nil {
		return err
	}
	return a.answer(map[string]any{"stored": true, "replaced": there}, func() { a.printf("stored\n") })
}

var errRehearsed = errors.New("rehearsed")

// rehearse runs fn in a transaction and rolls it back: nobody is asked about
// what the store would refuse.
func rehearse(ctx context.Context, st *store.Store, fn store.TxFunc) error {
	err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}
