package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
)

var errAbsent = errors.New("there is no such record")

func newGet(a *app) *cobra.Command {
	var reveal, raw bool
	cmd := &cobra.Command{
		Use:   "get FAMILY ID",
		Short: "Show one record",
		Long: `Show one record, decoded with the family's schema, which the store has. Bytes are
standard base64, those of a Go type of the program's own too; enums are names.
Secrets are [redacted] unless --reveal is given; so is everything of a family that
no schema knows. What 'get --json --reveal' shows as value, put takes back.

With --raw the stored bytes go to standard output as they are, damaged or not; it
needs --reveal, because nothing is redacted in them.`,
		Example:           "  famctl --store pebble:./keys get pre-key 17\n  famctl --store pebble:./keys get session 12025550155.0 --raw --reveal > session.json",
		Args:              exactly(2, "a FAMILY and an ID"),
		ValidArgsFunction: a.completeFamilies,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if raw && (!reveal || a.json) {
				return usagef("--raw needs --reveal and goes without --json")
			}
			st, err := a.open(cmd.Context(), toRead, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			if raw {
				return a.getRaw(cmd.Context(), st, bare(args[0]), args[1])
			}
			return a.get(cmd.Context(), st, args[0], args[1], reveal)
		},
	}
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show secrets")
	cmd.Flags().BoolVar(&raw, "raw", false, "write the stored bytes as they are")
	return cmd
}

type recordAnswer struct {
	Family string `json:"family"`
	named
	Bytes int `json:"bytes"` // as stored
	Value any `json:"value"`
}

func (a *app) get(ctx context.Context, st *store.Store, arg, id string, reveal bool) error {
	family := bare(arg)
	answer := recordAnswer{Family: family, named: nameOf(id)}
	typed := false
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := familyOf(ctx, tx, arg)
		if err != nil {
			return err
		}
		stored, ok, err := tx.Get(ctx, family, id)
		if err != nil {
			return err
		}
		if !ok {
			return errAbsent
		}
		typed, answer.Bytes = f != nil, len(stored)
		answer.Value, err = form(f, id, stored, reveal)
		return err
	})
	if err != nil {
		return err
	}
	if !typed {
		a.untyped(family)
	}
	if a.json {
		return a.emit(answer)
	}
	value, err := json.MarshalIndent(answer.Value, "", "  ")
	if err != nil {
		return err
	}
	//famvet:ignore secretleak secrets are in it only if --reveal was given
	a.printf("family  %s\nid      %s\nbytes   %d\nvalue   %s\n", family, printable(id), answer.Bytes, value)
	return nil
}

func (a *app) getRaw(ctx context.Context, st *store.Store, family, id string) error {
	value, ok, err := st.Get(ctx, family, id)
	if err != nil {
		return err
	}
	if !ok {
		return errAbsent
	}
	_, err = a.out.Write(value)
	return err
}
