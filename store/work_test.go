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

// rowCount counts the rows that scans read.
type rowCount struct {
	driver.Driver
	rows int
}

func (r *rowCount) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	page, err := r.Driver.Scan(ctx, namespace, q)
	r.rows += len(page.Rows) + 1
	return page, err
}

// programs are transactions of n steps over n records.
var programs = map[string]func(ctx context.Context, tx *store.Tx, n int) error{
	"prefix scans": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			first(ctx, tx, fmt.Sprintf("%06d", i*7919%n))
		}
		return nil
	},
	"prefix scans and gets": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			first(ctx, tx, fmt.Sprintf("%06d", i*7919%n))
			_, _, err := tx.Get(ctx, "f", fmt.Sprintf("%06d", i*104729%n))
			_, _, _ = tx.Get(ctx, "f", fmt.Sprintf("%06dx", i))
			if err != nil {
				return err
			}
		}
		return nil
	},
	"scans that overlap": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n / 10 {
			most := 20
			//famvet:ignore scanerr the test is about something else than the error
			for range tx.Scan(ctx, "f", fmt.Sprintf("%05d", i)[:3]) {
				if most--; most == 0 {
					break
				}
			}
		}
		return nil
	},
	"scans inside scans": func(ctx context.Context, tx *store.Tx, n int) error {
		//famvet:ignore scanerr the test is about something else than the error
		for r := range tx.Scan(ctx, "f", "") {
			first(ctx, tx, r.ID)
		}
		return nil
	},
	"writes in reverse, scanned now and then": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			if err := tx.Set(ctx, new(store.DataSet).Put("g", fmt.Sprintf("%06d", n-i), nil)); err != nil {
				return err
			}
			if i%10 == 0 {
				//famvet:ignore scanerr the test is about something else than the error
				for range tx.Scan(ctx, "g", "") {
					break
				}
			}
		}
		return nil
	},
	"deletes, then scans": func(ctx context.Context, tx *store.Tx, n int) error {
		var ds store.DataSet
		for i := range n {
			ds.Delete("f", fmt.Sprintf("%06d", i))
		}
		err := tx.Set(ctx, &ds)
		for range n {
			first(ctx, tx, "")
			_, _ = tx.Families(ctx)
		}
		return err
	},
	"first and delete": func(ctx context.Context, tx *store.Tx, n int) error {
		for range n {
			if err := tx.Set(ctx, new(store.DataSet).Delete("f", first(ctx, tx, ""))); err != nil {
				return err
			}
		}
		return nil
	},
	"first and delete of own writes": func(ctx context.Context, tx *store.Tx, n int) error {
		_ = tx.Clear(ctx)
		for i := range n {
			_ = tx.Set(ctx, new(store.DataSet).Put("f", fmt.Sprintf("%06d", i), nil))
		}
		for range n {
			if err := tx.Set(ctx, new(store.DataSet).Delete("f", first(ctx, tx, ""))); err != nil {
				return err
			}
		}
		return nil
	},
	"nested transactions, undone and not": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			err := tx.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error {
				id := first(ctx, in, "")
				_ = in.Set(ctx, new(store.DataSet).Delete("f", id).Put("g", fmt.Sprintf("%06d", n-i), nil).Put("n", "n", nil))
				if i%2 == 0 {
					return errUndone
				}
				return nil
			})
			if err != nil && !errors.Is(err, errUndone) {
				return err
			}
			//famvet:ignore scanerr the test is about something else than the error
			for range tx.Scan(ctx, "g", "") {
				break
			}
		}
		return nil
	},
	"first and delete, and the lowest comes back": func(ctx context.Context, tx *store.Tx, n int) error {
		// What lies behind the lowest is known to be empty, and must not be walked.
		for i := range n {
			ds := new(store.DataSet).Delete("f", first(ctx, tx, ""))
			if i%2 == 0 {
				ds.Put("f", "000000", nil)
			}
			if err := tx.Set(ctx, ds); err != nil {
				return err
			}
		}
		return nil
	},
	"deletes, then nested transactions that are undone": func(ctx context.Context, tx *store.Tx, n int) error {
		var ds store.DataSet
		for i := range n {
			ds.Delete("f", fmt.Sprintf("%06d", i))
		}
		err := tx.Set(ctx, &ds)
		for i := range n {
			_ = tx.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error {
				_ = in.Set(ctx, new(store.DataSet).Put("f", fmt.Sprintf("%06d", i*7919%n), nil))
				return errUndone
			})
			first(ctx, tx, "")
		}
		return err
	},
	"deletes, then Clears that are undone": func(ctx context.Context, tx *store.Tx, n int) error {
		var ds store.DataSet
		for i := range n {
			ds.Delete("f", fmt.Sprintf("%06d", i))
		}
		err := tx.Set(ctx, &ds)
		for range n {
			_ = tx.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error {
				_ = in.Clear(ctx)
				first(ctx, in, "")
				return errUndone
			})
			first(ctx, tx, "")
		}
		return err
	},
	"writes that are undone, one after the other": func(ctx context.Context, tx *store.Tx, n int) error {
		for i := range n {
			_ = tx.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error {
				_ = in.Set(ctx, new(store.DataSet).Put("f", fmt.Sprintf("a%06d", i*7919%n), nil))
				first(ctx, in, "a")
				return errUndone
			})
			first(ctx, tx, "a")
		}
		return nil
	},
	"nested in one another": func(ctx context.Context, tx *store.Tx, n int) error {
		var nest func(ctx context.Context, tx *store.Tx, depth int) error
		nest = func(ctx context.Context, tx *store.Tx, depth int) error {
			_ = tx.Set(ctx, new(store.DataSet).Put("f", fmt.Sprintf("%06d", depth), nil))
			first(ctx, tx, fmt.Sprintf("%06d", depth))
			if depth == 0 {
				return nil
			}
			return tx.Transaction(ctx, "", func(ctx context.Context, in *store.Tx) error { return nest(ctx, in, depth-1) })
		}
		return nest(ctx, tx, n/10)
	},
}

var errUndone = errors.New("undone")

// first is the id of the first record.
func first(ctx context.Context, tx *store.Tx, prefix string) string {
	//famvet:ignore scanerr the test is about something else than the error
	for r, err := range tx.Scan(ctx, "f", prefix) {
		if err == nil {
			return r.ID
		}
	}
	return "none"
}

// TestWorkGrowsWithTheProgram holds that four times the steps cost about four
// times the work, of the transaction and of the backend.
func TestWorkGrowsWithTheProgram(t *testing.T) {
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			small, large := work(t, program, 500), work(t, program, 2000)
			assert.Less(t, large, 6*small+1000, "500 steps cost %d, 2000 cost %d", small, large)
		})
	}
}

func work(tb testing.TB, program func(context.Context, *store.Tx, int) error, n int) (steps int) {
	counted := &rowCount{Driver: memstore.NewDriver()}
	st, err := store.New(tb.Context(), counted, nil)
	require.NoError(tb, err)
	defer st.Close()
	var ds store.DataSet
	for i := range n {
		ds.Put("f", fmt.Sprintf("%06d", i), nil)
	}
	require.NoError(tb, st.Set(tb.Context(), &ds))
	require.NoError(tb, st.Transaction(tb.Context(), "", func(ctx context.Context, tx *store.Tx) error {
		err := program(ctx, tx, n)
		steps = store.Steps(tx)
		return err
	}))
	return steps + counted.rows
}

// BenchmarkLongTransaction shows the same in time: 8,000 steps of each
// program.
func BenchmarkLongTransaction(b *testing.B) {
	for name, program := range programs {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				work(b, program, 8000)
			}
		})
	}
}
