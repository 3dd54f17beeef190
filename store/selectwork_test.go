package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// allCount counts the rows that scans read, the records that counts pass and
// the checks and deletes of commits.
type allCount struct{ rowCount }

func (r *allCount) Count(ctx context.Context, namespace string, span driver.Range) (driver.Counted, error) {
	from, _ := driver.As[driver.Counter](r.Driver)
	n, err := from.Count(ctx, namespace, span)
	r.rows += n.Records + 1
	return n, err
}

func (r *allCount) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	r.rows += len(c.Checks) + len(c.Ranges) + len(c.Deletes)
	return r.Driver.Commit(ctx, namespace, c)
}

func sixDigits(i int) string { return fmt.Sprintf("%06d", i) }

// undoneDrop removes a range in a nested transaction that is undone.
func undoneDrop(ctx context.Context, tx *store.Tx, drop func(in *store.Tx) store.Selection) error {
	err := tx.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error {
		if err := drop(in).Drop(ctx); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		return nil
	}
	return err
}

func deleteOne(ctx context.Context, tx *store.Tx, get func(context.Context) (store.Record, bool, error)) error {
	r, ok, err := get(ctx)
	if err != nil || !ok {
		return err
	}
	return tx.Set(ctx, new(store.DataSet).Delete("f", r.ID))
}

// selectPrograms are transactions of n steps over n records, with selections.
var selectPrograms = map[string]func(ctx context.Context, tx *store.Tx, n int) error{
	"first and delete": func(ctx context.Context, tx *store.Tx, n int) error {
		for range n {
			if err := deleteOne(ctx, tx, tx.Select("f").First); err != nil {
				return err
			}
		}
		return nil
	},
	"last and delete": func(ctx context.Context, tx *store.Tx, n int) error {
		for range n {
			if err := deleteOne(ctx, tx, tx.Select("f").Last); err != nil {
				return err
			}
		}
		return nil
	},
	"first and last, and drop up to there": func(ctx context.Context, tx *store.Tx, n int) error {
		for range n / 2 {
			first, _, err := tx.Select("f").First(ctx)
			if err != nil {
				return err
			}
			last, _, err := tx.Select("f").Last(ctx)
			if err != nil {
				return err
			}
			if err := tx.Select("f").Until(first.ID).Drop(ctx); err != nil {
				return err
			}
			if err := tx.Select("f").From(last.ID).Drop(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"reverse scans with own writes": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			id := sixDigits(i * 7919 % n)
			if err := tx.Set(ctx, new(store.DataSet).Put("f", id+"x", nil).Delete("f", id)); err != nil {
				return err
			}
			if _, _, err := tx.Select("f").Until(id + "x").Reverse().Limit(5).Last(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"a reverse scan that deletes as it goes": func(ctx context.Context, tx *store.Tx, _ int) error {
		for r, err := range tx.Select("f").Reverse().All(ctx) {
			if err != nil {
				return err
			}
			if err := tx.Set(ctx, new(store.DataSet).Delete("f", r.ID).Put("g", r.ID, nil)); err != nil {
				return err
			}
			if _, _, err := tx.Select("f").Last(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"deletes of small prefixes, then scans and gets": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n / 10 {
			if _, err := tx.Select("f").Prefix(sixDigits(i * 7919 % (n / 10))[1:]).DeleteAll(ctx); err != nil {
				return err
			}
			for _, one := range []func(context.Context) (store.Record, bool, error){tx.Select("f").First, tx.Select("f").Last} {
				if _, _, err := one(ctx); err != nil {
					return err
				}
			}
			if _, _, err := tx.Get(ctx, "f", sixDigits(i)); err != nil {
				return err
			}
		}
		return nil
	},
	"drops that touch, then scans from the start": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			if err := tx.Select("f").From(sixDigits(i)).Before(sixDigits(i + 1)).Drop(ctx); err != nil {
				return err
			}
		}
		for i := range n {
			if _, _, err := tx.Select("f").Until(sixDigits(i)).First(ctx); err != nil {
				return err
			}
			if _, _, err := tx.Select("f").From(sixDigits(i)).Last(ctx); err != nil {
				return err
			}
			if _, err := tx.Select("f").Until(sixDigits(i)).Before("x").Limit(10).Count(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"drops that are undone among drops that stand": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			if i%2 == 0 {
				if err := tx.Select("f").From(sixDigits(i)).Until(sixDigits(i)).Drop(ctx); err != nil {
					return err
				}
			}
			id := sixDigits(i * 7919 % n)
			err := undoneDrop(ctx, tx, func(in *store.Tx) store.Selection { return in.Select("f").From(id).Limit(0).Reverse() })
			if err == nil {
				err = undoneDrop(ctx, tx, func(in *store.Tx) store.Selection { return in.Select("f").From(id).Until(id + "x") })
			}
			if err != nil {
				return err
			}
			if _, _, err := tx.Select("f").First(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"deletes, a drop that stands, and drops that are undone": func(ctx context.Context, tx *store.Tx, n int) error {
		var ds store.DataSet
		for i := range n - 1 {
			ds.Delete("f", sixDigits(i))
		}
		if err := tx.Set(ctx, &ds); err != nil {
			return err
		}
		if err := tx.Select("g").Drop(ctx); err != nil {
			return err
		}
		for range n {
			if err := undoneDrop(ctx, tx, func(in *store.Tx) store.Selection { return in.Select("f").From(sixDigits(n - 1)) }); err != nil {
				return err
			}
			if _, _, err := tx.Select("f").First(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"removals undone in the body of a scan": func(ctx context.Context, tx *store.Tx, _ int) error {
		for _, s := range []store.Selection{tx.Select("f"), tx.Select("f").Reverse()} {
			for r, err := range s.All(ctx) {
				if err != nil {
					return err
				}
				if err := undoneDrop(ctx, tx, func(in *store.Tx) store.Selection { return in.Select("f").Prefix(r.ID) }); err != nil {
					return err
				}
			}
		}
		return nil
	},
	"counts of small ranges, beside own writes": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			if err := tx.Set(ctx, new(store.DataSet).Put("g", sixDigits(i), nil)); err != nil {
				return err
			}
			id := sixDigits(i * 7919 % n)
			for _, s := range []store.Selection{tx.Select("f"), tx.Select("f").From(id).Until(id), tx.Select("g").From(sixDigits(i))} {
				if _, err := s.Count(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	},
	"pages, each deleted": func(ctx context.Context, tx *store.Tx, n int) error {
		for _, s := range []store.Selection{tx.Select("f").Before(sixDigits(n / 2)), tx.Select("f").Reverse()} {
			for cursor, more := "", true; more; more = cursor != "" {
				page, err := s.Page(ctx, cursor, 10)
				if err != nil {
					return err
				}
				var ds store.DataSet
				for _, r := range page.Records {
					ds.Delete("f", r.ID)
				}
				if err := tx.Set(ctx, &ds); err != nil {
					return err
				}
				cursor = page.Next
			}
		}
		return nil
	},
	"deletes of five, as a queue": func(ctx context.Context, tx *store.Tx, n int) error {
		for range n / 5 {
			if _, err := tx.Select("f").Limit(5).DeleteAll(ctx); err != nil {
				return err
			}
		}
		return nil
	},
}

// TestWorkOfSelectionsGrowsWithTheProgram is TestWorkGrowsWithTheProgram for
// selections. The work of commits counts too.
func TestWorkOfSelectionsGrowsWithTheProgram(t *testing.T) {
	for name, program := range selectPrograms {
		t.Run(name, func(t *testing.T) {
			small, large := selectWork(t, program, 500), selectWork(t, program, 2000)
			t.Logf("500 steps cost %d, 2000 cost %d", small, large)
			assert.Less(t, large, 6*small+1000, "500 steps cost %d, 2000 cost %d", small, large)
		})
	}
}

func selectWork(tb testing.TB, program func(context.Context, *store.Tx, int) error, n int) (steps int) {
	counted := &allCount{rowCount{Driver: memstore.NewDriver()}}
	st, err := store.New(tb.Context(), counted, nil)
	require.NoError(tb, err)
	defer st.Close()
	var ds store.DataSet
	for i := range n {
		ds.Put("f", sixDigits(i), nil)
	}
	require.NoError(tb, st.Set(tb.Context(), &ds))
	require.NoError(tb, st.Transaction(tb.Context(), "", func(ctx context.Context, tx *store.Tx) error {
		err := program(ctx, tx, n)
		steps = store.Steps(tx)
		return err
	}))
	return steps + counted.rows
}

// BenchmarkLongSelections shows the same in time: 8,000 steps of each program.
func BenchmarkLongSelections(b *testing.B) {
	for name, program := range selectPrograms {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				selectWork(b, program, 8000)
			}
		})
	}
}
