package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

// A FAMILY on the command line is a name, or package/name, which is refused
// where the family belongs to another package.

// bare is the name of the family that arg is about.
func bare(arg string) string {
	if _, name, ok := strings.Cut(arg, "/"); ok {
		return name
	}
	return arg
}

// familyOf is the family that arg is about, nil if no schema of the namespace has
// it: then its records are bytes.
func familyOf(ctx context.Context, h store.Handle, arg string) (*dynamic.Family, error) {
	schemas, err := dynamic.Load(ctx, h)
	if err != nil {
		return nil, err
	}
	f, err := schemas.Family(bare(arg))
	if err != nil {
		return nil, err
	}
	pkg, _, qualified := strings.Cut(arg, "/")
	switch {
	case !qualified || f != nil && f.Package == pkg:
		return f, nil
	case f == nil:
		return nil, fmt.Errorf("%w: no schema of the namespace has that family", store.ErrSchema)
	}
	return nil, fmt.Errorf("%w: in this namespace family %s belongs to the package %s", store.ErrSchema, f.Name, f.Package)
}

// untyped tells people of a family that no schema has.
func (a *app) untyped(name string) {
	a.note("No schema of the namespace has the family %s: its values are bytes.\n", name)
}

// form is a stored value as JSON.
func form(f *dynamic.Family, id string, value []byte, reveal bool) (json.RawMessage, error) {
	switch {
	case f == nil && !reveal:
		return json.Marshal(family.Redacted)
	case f == nil, f.Derived(id) && !utf8.Valid(value):
		return json.Marshal(slices.Concat([]byte{}, value))
	case f.Derived(id):
		return json.Marshal(string(value))
	}
	if _, err := f.ParseID(id); err != nil {
		return nil, err
	}
	v, err := f.Codec().Unmarshal(value)
	switch {
	case err != nil:
		return nil, &store.Error{Op: "get", Family: f.Name, Err: err}
	case reveal:
		return v.Reveal(), nil
	}
	return v.MarshalJSON()
}

// valueOf reads what put is given: JSON, or with raw the bytes to store.
func valueOf(f *dynamic.Family, data []byte, raw bool) (dynamic.Value, error) {
	if raw {
		v, err := f.Codec().Unmarshal(data)
		if err != nil { // of what was given, not of what is stored
			err = fmt.Errorf("%w: the bytes are no record of this family: %v", store.ErrInvalid, err)
		}
		return v, err
	}
	v, err := f.FromJSON(data)
	if errors.Is(err, family.ErrRedacted) {
		err = fmt.Errorf("%w: take it with --reveal", err)
	}
	return v, err
}

// putOne stores a record of a family, or bytes where no schema has it.
func putOne(ctx context.Context, tx *store.Tx, arg, id string, data []byte, raw bool) error {
	f, err := familyOf(ctx, tx, arg)
	switch {
	case err != nil:
		return err
	case f == nil && !raw:
		return errors.New("no schema of the namespace has this family: give the stored bytes with --raw")
	case f == nil:
		return tx.Set(ctx, new(store.DataSet).Put(bare(arg), id, data))
	}
	typed, err := f.ParseID(id)
	if err != nil {
		return err
	}
	v, err := valueOf(f, data, raw)
	if err != nil {
		return err
	}
	return family.Write(tx, f.Codec()).Put(ctx, typed, v)
}

// removeOne deletes a record with its derived rows. What is damaged, and a
// derived row that is named itself, goes alone.
func removeOne(ctx context.Context, tx *store.Tx, f *dynamic.Family, name, id string) error {
	if f == nil || f.Derived(id) {
		return tx.Set(ctx, new(store.DataSet).Delete(name, id))
	}
	typed, err := f.ParseID(id)
	if err != nil {
		return tx.Set(ctx, new(store.DataSet).Delete(name, id))
	}
	return family.Write(tx, f.Codec()).Delete(ctx, typed)
}

// baileysSchemas are the packages that import and export of Baileys' folders
// need. A store that was opened for reading cannot note what is new in them, and
// need not.
func baileysSchemas(ctx context.Context, st *store.Store) (*signalkeys.Repo, error) {
	repo, err := signalkeys.Open(ctx, st)
	if err == nil {
		_, err = baileysfile.Open(ctx, st)
	}
	if errors.Is(err, store.ErrReadOnly) {
		return signalkeys.New(st), nil
	}
	return repo, err
}

// completeFamilies offers the families of the namespace for the first argument.
func (a *app) completeFamilies(cmd *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 {
		return nil, none
	}
	st, err := a.open(cmd.Context(), toRead, anySize)
	if err != nil {
		return nil, none
	}
	defer st.Close()
	names, _ = familyNames(cmd.Context(), st)
	return names, none
}

// familyNames are the names of all families that the namespace has records or a
// schema of.
func familyNames(ctx context.Context, st *store.Store) ([]string, error) {
	names, err := st.Families(ctx)
	if err != nil {
		return nil, err
	}
	schemas, err := dynamic.Load(ctx, st)
	if err != nil {
		return nil, err
	}
	for _, f := range schemas.Families() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
