package main

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
)

func newCopy(a *app) *cobra.Command {
	var overwrite, yes bool
	cmd := &cobra.Command{
		Use:   "copy URL",
		Short: "Copy to another store",
		Long: `Copy the store with all its namespaces, or the one that --namespace names, to the
store of URL, which is made if there is none. Then both hold the same records.

A copy that was interrupted is completed by running it again: what is there already
is compared and not written again. A destination that holds anything but a part of
the source is refused unless --overwrite is given: then its records are replaced, and
those that the source does not have are deleted. copy asks before it does that; in a
script say --yes as well. Use the destination when copy has said that it is
done: before that it holds a part and is marked so, and verify, export and copy
refuse it.`,
		Example: "  famctl --store pebble:./keys copy pebble:/mnt/keys\n  famctl --store pebble:./keys --namespace +12025550123 copy pebble:./one",
		Args:    exactly(1, "the URL of the destination"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if overwrite && !yes {
				if err := a.mayAsk(); err != nil {
					return err
				}
			}
			from, err := a.open(cmd.Context(), toRead, anySize)
			if err != nil {
				return err
			}
			defer closeStore(from, &err)
			to, err := a.openURL(cmd.Context(), "the destination", args[0], toFill, anySize)
			if err != nil {
				return err
			}
			defer closeStore(to, &err)
			return a.copy(cmd.Context(), from, to, overwrite, yes)
		},
	}
	cmd.Flags().BoolVar(&overwrite, "overwrite", false, "make the destination like the source, whatever it holds")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

var errOccupied = errors.New("the destination holds other records: see --overwrite")

type copyAnswer struct {
	Namespaces int `json:"namespaces"`
	Records    int `json:"records"` // of the source
	Written    int `json:"written"` // of them, because they were absent or different
	Deleted    int `json:"deleted"` // from the destination
}

func (a *app) copy(ctx context.Context, from, to *store.Store, overwrite, yes bool) error {
	names, err := a.namespaces(ctx, from)
	if err != nil {
		return err
	}
	if err := halfCopied(ctx, from, names...); err != nil {
		return err
	}
	targets := names
	if !a.oneNamespace {
		there, err := to.Namespaces(ctx)
		if err != nil {
			return err
		}
		targets = slices.Compact(slices.Sorted(slices.Values(slices.Concat(names, there))))
	}
	if !overwrite || !yes {
		err := partOf(ctx, from, to, targets)
		if overwrite && errors.Is(err, errOccupied) {
			err = a.confirm("The destination holds other records. Replace or delete them?")
		}
		if err != nil {
			return err
		}
	}
	total, err := a.measure(ctx, from, names)
	if err != nil {
		return err
	}
	c := &copier{marked: to.Namespace(a.scope())}
	c.answer.Namespaces = len(names)
	all := &sizes{}
	for _, s := range total {
		all.merge(s)
	}
	c.bar = a.newBar("copying", int64(all.records))
	err = c.copyAll(ctx, from, to, targets)
	if err == nil {
		err = c.finish(ctx)
	}
	c.bar.end(err)
	if err != nil {
		return err
	}
	return a.answer(c.answer, func() {
		a.printf("copied %s in %s: %d written, %d there already, %d deleted\n", count(c.answer.Records, "record"),
			count(len(names), "namespace"), c.answer.Written, c.answer.Records-c.answer.Written, c.answer.Deleted)
	})
}

// scope is the namespace that a copy of what --namespace names is marked in.
func (a *app) scope() string {
	if a.oneNamespace {
		return a.namespace
	}
	return ""
}

// finish removes the mark, that of an interrupted copy too.
func (c *copier) finish(ctx context.Context) error {
	there, err := c.marked.Has(reserved.Context(ctx), reserved.Copy, copyMark)
	if err != nil || !there {
		return err
	}
	return removeCopyMark(ctx, c.marked)
}

// partOf refuses a destination that holds anything but a part of the source,
// which is what an interrupted copy leaves.
func partOf(ctx context.Context, from, to *store.Store, namespaces []string) error {
	for _, name := range namespaces {
		source, target := from.Namespace(name), to.Namespace(name)
		families, err := target.Families(ctx)
		if err != nil {
			return err
		}
		for _, family := range families {
			for r, err := range target.Scan(ctx, family, "") {
				if err != nil {
					return err
				}
				value, ok, err := source.Get(ctx, family, r.ID)
				if err != nil {
					return err
				}
				if !ok || !bytes.Equal(value, r.Value) {
					return errOccupied
				}
			}
		}
	}
	return nil
}

// copier makes namespaces of one store like those of another.
type copier struct {
	bar    *bar
	answer copyAnswer

	to     *store.Store
	batch  *store.DataSet
	bytes  int
	marked *store.Store // the namespace of the mark
	begun  bool         // the mark is set
}

// A commit of a copy holds at most so much; a flush for each costs little then.
const (
	batchRecords = 1000
	batchBytes   = 4 << 20
)

func (c *copier) copyAll(ctx context.Context, from, to *store.Store, namespaces []string) error {
	for _, name := range namespaces {
		c.to, c.batch, c.bytes = to.Namespace(name), new(store.DataSet), 0
		// The view keeps the source at one point in time.
		err := from.Namespace(name).View(ctx, func(ctx context.Context, tx *store.Tx) error {
			return c.namespace(ctx, tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) namespace(ctx context.Context, from *store.Tx) error {
	here, err := from.Families(ctx)
	if err != nil {
		return err
	}
	there, err := c.to.Families(ctx)
	if err != nil {
		return err
	}
	own := reserved.Context(ctx)
	// Schemas first: no moment has records without what says how to read them.
	// Without them an older program could misread the copy.
	if err := c.family(own, from, reserved.Schema); err != nil {
		return err
	}
	for _, family := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(here, there)))) {
		if err := c.family(ctx, from, family); err != nil {
			return err
		}
	}
	return nil
}

// family walks through the family in both stores at once, in the order of ids.
func (c *copier) family(ctx context.Context, from *store.Tx, family string) error {
	source, stopSource := iter.Pull2(from.Scan(ctx, family, ""))
	defer stopSource()
	target, stopTarget := iter.Pull2(c.to.Scan(ctx, family, ""))
	defer stopTarget()
	want, err, more := source()
	have, errThere, moreThere := target()
	for more || moreThere {
		switch {
		case err != nil || errThere != nil:
			return errors.Join(err, errThere)
		case !more || moreThere && have.ID < want.ID:
			c.answer.Deleted++
			c.batch.Delete(family, have.ID)
			have, errThere, moreThere = target()
		default:
			same := moreThere && have.ID == want.ID
			c.take(family, want, same && bytes.Equal(have.Value, want.Value))
			if same {
				have, errThere, moreThere = target()
			}
			want, err, more = source()
		}
		if c.batch.Len() >= batchRecords || c.bytes >= batchBytes {
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
	}
	return c.flush(ctx)
}

// take adds a record of the source to the batch, unless it is there already.
func (c *copier) take(family string, r store.Record, there bool) {
	if !there {
		c.batch.Put(family, r.ID, r.Value)
		c.bytes += len(r.Value)
	}
	if family == reserved.Schema {
		return
	}
	c.bar.add(1)
	c.answer.Records++
	if !there {
		c.answer.Written++
	}
}

// flush commits the batch. The mark is there before the first one.
func (c *copier) flush(ctx context.Context) error {
	if c.batch.Len() > 0 && !c.begun {
		if err := setCopyMark(ctx, c.marked); err != nil {
			return err
		}
		c.begun = true
	}
	err := c.to.Set(ctx, c.batch)
	c.batch, c.bytes = new(store.DataSet), 0
	return err
}
