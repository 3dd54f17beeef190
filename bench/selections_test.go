package bench

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// BenchmarkSelections compares verbs of selections with what they replace, on
// records of 200 bytes. The two take turns, and x is the time of the second
// divided by that of the first.
func BenchmarkSelections(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "keyfam")
	st := openSelections(b, dir)
	ids := identifiers(*recordsFlag)
	loadSelections(b, st, ids)
	b.Run("first page beside the last", func(b *testing.B) { inTurns(b, pageOf(st, first), pageOf(st, last)) })
	b.Run("Count beside a scan, in the memtable", func(b *testing.B) { inTurns(b, countOf(st), scanOf(st)) })
	if err := st.Close(); err != nil { // writes tables
		b.Fatal(err)
	}
	st = openSelections(b, dir)
	defer func() { _ = st.Close() }()
	b.Run("first page beside the last, in tables", func(b *testing.B) { inTurns(b, pageOf(st, first), pageOf(st, last)) })
	b.Run("Count beside a scan, in tables", func(b *testing.B) { inTurns(b, countOf(st), scanOf(st)) })
	again := func() { loadSelections(b, st, ids) }
	b.Run("DeleteAll beside one by one", func(b *testing.B) { inTurns(b, after(again, deleteAllOf(st)), after(again, deleteEachOf(st, ids))) })
	b.Run("Drop beside one by one", func(b *testing.B) { inTurns(b, after(again, dropOf(st)), after(again, deleteEachOf(st, ids))) })
}

func openSelections(b *testing.B, dir string) *store.Store {
	st, err := pebblestore.Open(ctx, dir, nil)
	if err != nil {
		b.Fatal(err)
	}
	return st
}

func loadSelections(b *testing.B, st *store.Store, ids []string) {
	value := bytes.Repeat([]byte{7}, 200)
	if err := (ours{st}).load(ids, func() []byte { return value }); err != nil {
		b.Fatal(err)
	}
}

// step does one operation and answers how long it took.
type step func() (time.Duration, error)

// inTurns measures two operations alternately.
func inTurns(b *testing.B, one, other step) {
	var took [2]time.Duration
	for range b.N {
		for i, do := range []step{one, other} {
			d, err := do()
			if err != nil {
				b.Fatal(err)
			}
			took[i] += d
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took[0].Microseconds())/float64(b.N), "µs-first")
	b.ReportMetric(float64(took[1].Microseconds())/float64(b.N), "µs-second")
	b.ReportMetric(float64(took[1])/float64(took[0]), "x")
}

func timed(do func() error) step {
	return func() (time.Duration, error) {
		begun := time.Now()
		err := do()
		return time.Since(begun), err
	}
}

// after prepares before each operation, outside of its time.
func after(prepare func(), do step) step {
	return func() (time.Duration, error) {
		prepare()
		return do()
	}
}

func first(s store.Selection) store.Selection { return s }
func last(s store.Selection) store.Selection  { return s.Reverse() }

func pageOf(st *store.Store, from func(store.Selection) store.Selection) step {
	return timed(func() error {
		_, err := from(st.Select(family)).Page(ctx, "", 10)
		return err
	})
}

func countOf(st *store.Store) step {
	return timed(func() error {
		_, err := st.Select(family).Count(ctx)
		return err
	})
}

func scanOf(st *store.Store) step {
	return timed(func() error {
		for _, err := range st.Select(family).All(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func deleteAllOf(st *store.Store) step {
	return timed(func() error {
		_, err := st.Select(family).DeleteAll(ctx)
		return err
	})
}

func dropOf(st *store.Store) step {
	return timed(func() error { return st.Select(family).Drop(ctx) })
}

func deleteEachOf(st *store.Store, ids []string) step {
	return timed(func() error {
		return st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
			for _, id := range ids {
				var ds store.DataSet
				if err := tx.Set(ctx, ds.Delete(family, id)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
