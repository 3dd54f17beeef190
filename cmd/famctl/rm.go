package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
)

func newRm(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rm FAMILY ID...",
		Short: "Delete records",
		Long: `Delete records of one family: all of those named, or none if one of them is not
there. Derived rows are kept in step; one that is left over may be named too.

A file that 'import baileys' kept beside a record stays until 'verify --prune'.
rm asks before it deletes; in a script say --yes.`,
		Example:           "  famctl --store pebble:./keys rm session 12025550155.0 12025550155.7",
		Args:              between(2, 10_000, "a FAMILY and IDs"),
		ValidArgsFunction: a.completeFamilies,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !yes {
				if err := a.mayAsk(); err != nil {
					return err
				}
			}
			st, err := a.open(cmd.Context(), toChange, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			return a.rm(cmd.Context(), st, args[0], args[1:], yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) rm(ctx context.Context, st *store.Store, arg string, ids []string, yes bool) error {
	family := bare(arg)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	remove := func(ctx context.Context, tx *store.Tx) error {
		f, err := familyOf(ctx, tx, arg)
		if err != nil {
			return err
		}
		there, err := tx.GetMany(ctx, family, ids...)
		if err != nil {
			return err
		}
		if missing := len(ids) - len(there); missing > 0 {
			return fmt.Errorf("%w: %d of %d; nothing was deleted", errAbsent, missing, len(ids))
		}
		for _, id := range ids {
			if err := removeOne(ctx, tx, f, family, id); err != nil {
				return err
			}
		}
		return nil
	}
	if err := rehearse(ctx, st, remove); err != nil {
		return err
	}
	if !yes {
		what := count(len(ids), "record")
		if len(ids) == 1 {
			what = "record " + printable(ids[0])
		}
		if err := a.confirm(fmt.Sprintf("Delete %s of %s?", what, family)); err != nil {
			return err
		}
	}
	if err := st.Transaction(ctx, "", remove); err != nil {
		return err
	}
	return a.answer(map[string]any{"deleted": len(ids)}, func() { a.printf("deleted %s\n", count(len(ids), "record")) })
}
