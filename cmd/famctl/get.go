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
		Long: `Show one record, decoded with the family's schema. Bytes are standard base64,
secrets are [redacted] unless --reveal is given; so is everything of a family that
no schema knows. What 'get --json --reveal' shows as value, put takes back.

With --raw the stored bytes go to standard output as they are, damaged or not; it
needs --reveal, because nothing is redacted in them.`,
		Example:           "  famctl --store pebble:./keys get pre-key 17\n  famctl --store pebble:./keys get session 12025550155.0 --raw --reveal > session.json",
		Args:              exactly(2, "a FAMILY and an ID"),
		ValidArgsFunction: completeFamilies,
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
				return a.getRaw(cmd.Context(), st, args[0], args[1])
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

func (a *app) get(ctx context.Context, st *store.Store, family, id string, reveal bool) error {
	answer := recordAnswer{Family: family, named: nameOf(id)}
	if _, err := openSchemas(ctx, st); err != nil {
		return err
	}
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		stored, ok, err := tx.Get(ctx, family, id)
		if err != nil {
			return err
		}
		if !ok {
			return errAbsent
		}
		answer.Bytes = len(stored)
		answer.Value = hidden{stored, reveal}
		if s := shapeOf(family); s != nil {
			answer.Value, _, err = s.get(ctx, tx, id, reveal)
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.emit(answer)
	}
	value, err := json.MarshalIndent(answer.Value, "", "  ")
	if err != nil {
		return err
	}
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
