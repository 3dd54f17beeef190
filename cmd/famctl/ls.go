package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

func newLs(a *app) *cobra.Command {
	var prefix string
	var namespaces bool
	cmd := &cobra.Command{
		Use:   "ls [FAMILY]",
		Short: "List the families, or the ids of one",
		Long: `List the families of the namespace with their count of records, or the records
of one family in the order of their ids, each with the size of its value in bytes.
Ids with bytes that are no text are quoted; in JSON they are id_base64, and such
namespaces namespace_base64.`,
		Example:           "  famctl --store pebble:./keys ls\n  famctl --store pebble:./keys ls session --prefix 12025550155.\n  famctl --store pebble:./keys ls --namespaces",
		Args:              between(0, 1, "at most one FAMILY"),
		ValidArgsFunction: a.completeFamilies,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if namespaces && len(args) > 0 || prefix != "" && len(args) == 0 {
				return usagef("--prefix goes with a FAMILY, and --namespaces without one")
			}
			st, err := a.open(cmd.Context(), toRead, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			switch {
			case namespaces:
				return a.lsNamespaces(cmd.Context(), st)
			case len(args) == 0:
				return a.lsFamilies(cmd.Context(), st)
			}
			return a.lsRecords(cmd.Context(), st, args[0], prefix)
		},
	}
	cmd.Flags().StringVar(&prefix, "prefix", "", "only ids that start with this `text`")
	cmd.Flags().BoolVar(&namespaces, "namespaces", false, "list the namespaces instead")
	return cmd
}

func (a *app) lsNamespaces(ctx context.Context, st *store.Store) error {
	names, err := st.Namespaces(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := a.answer(namespaceOf(name), func() { a.printf("%s\n", printable(name)) })
		if err != nil {
			return err
		}
	}
	return nil
}

type familyLine struct {
	Family  string `json:"family"`
	Records int    `json:"records"`
	Schema  string `json:"schema,omitempty"`
}

func (a *app) lsFamilies(ctx context.Context, st *store.Store) error {
	names, err := st.Families(ctx)
	if err != nil {
		return err
	}
	schemas, err := dynamic.Load(ctx, st)
	if err != nil {
		return err
	}
	var unknown []string
	t := a.newTable(column{head: "family"}, column{"records", true}, column{head: "schema"})
	for _, name := range names {
		line := familyLine{Family: name}
		if f, err := schemas.Family(name); f != nil {
			line.Schema = f.Package
		} else {
			unknown = append(unknown, whyBytes(name, err))
		}
		for _, err := range st.Scan(ctx, name, "") {
			if err != nil {
				return err
			}
			line.Records++
		}
		if a.json {
			if err := a.emit(line); err != nil {
				return err
			}
		}
		t.AppendRow([]any{line.Family, line.Records, line.Schema})
	}
	if a.json {
		return nil
	}
	if len(names) == 0 {
		return a.nothing(ctx, st)
	}
	t.Render()
	a.note("%s", strings.Join(unknown, ""))
	return nil
}

// whyBytes says why the records of a family are but bytes.
func whyBytes(name string, err error) string {
	if err != nil {
		return fmt.Sprintf("%s: %s\n", name, problem(err))
	}
	return fmt.Sprintf("%s: no schema of the namespace has this family: its values are bytes\n", name)
}

// nothing says that the namespace is empty, and where else to look.
func (a *app) nothing(ctx context.Context, st *store.Store) error {
	a.note("The namespace is empty.\n")
	others, err := st.Namespaces(ctx)
	if errors.Is(err, store.ErrUnsupported) {
		return nil
	}
	if len(others) > 0 {
		a.note("%s in the store: see ls --namespaces.\n", count(len(others), "other namespace"))
	}
	return err
}

type recordLine struct {
	named
	Bytes int `json:"bytes"`
}

// lsRecords prints as it reads: families can be larger than memory.
func (a *app) lsRecords(ctx context.Context, st *store.Store, arg, prefix string) error {
	family, n := bare(arg), 0
	if family != arg {
		if _, err := familyOf(ctx, st, arg); err != nil {
			return err
		}
	}
	for r, err := range st.Scan(ctx, family, prefix) {
		if err != nil {
			return err
		}
		if n++; n == 1 && !a.json {
			a.printf("%10s  ID\n", "BYTES")
		}
		err := a.answer(recordLine{nameOf(r.ID), len(r.Value)}, func() {
			a.printf("%10d  %s\n", len(r.Value), printable(r.ID))
		})
		if err != nil {
			return err
		}
	}
	if n > 0 {
		return nil
	}
	a.note("No records.\n")
	return knownFamily(ctx, st, family)
}

// knownFamily refuses a family that neither a schema nor the namespace has.
func knownFamily(ctx context.Context, st *store.Store, family string) error {
	there, err := familyNames(ctx, st)
	if err != nil || slices.Contains(there, family) {
		return err
	}
	if len(there) == 0 {
		return nil // the namespace is empty: any family may come
	}
	names := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, name := range there {
		names.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	if near := names.SuggestionsFor(family); len(near) > 0 {
		return fmt.Errorf("there is no such family; did you mean %s?", strings.Join(near, " or "))
	}
	return errors.New("there is no such family")
}
