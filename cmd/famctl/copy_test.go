package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// A copy takes families of no schema too.
//
//famvet:family not-of-a-schema elsewhere

func quiet(t *testing.T) *app {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, null.Close()) })
	return &app{in: null, out: null, err: null, backends: []backend{pebbleBackend, memoryBackend}}
}

// contents is all records of all namespaces, the schemas among them.
func contents(t *testing.T, st *store.Store) map[string]string {
	all := map[string]string{}
	namespaces, err := st.Namespaces(t.Context())
	require.NoError(t, err)
	for _, namespace := range namespaces {
		ns := st.Namespace(namespace)
		families, err := ns.Families(t.Context())
		require.NoError(t, err)
		for _, family := range append(families, reserved.Schema, reserved.Copy) {
			for r, err := range ns.Scan(reserved.Context(t.Context()), family, "") {
				require.NoError(t, err)
				all[fmt.Sprintf("%q %s %q", namespace, family, r.ID)] = string(r.Value)
			}
		}
	}
	return all
}

func manyRecords(t *testing.T) *store.Store {
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	for _, namespace := range []string{"", "one\x00"} {
		_, err := signalkeys.Open(t.Context(), st.Namespace(namespace))
		require.NoError(t, err)
		var ds store.DataSet
		for i := range 1100 {
			ds.Put("session", fmt.Sprintf("a.%d", i), fmt.Appendf(nil, "%s %d", namespace, i))
			ds.Put("not-of-a-schema", string([]byte{byte(i), byte(i >> 8)}), nil)
		}
		require.NoError(t, st.Namespace(namespace).Set(t.Context(), &ds))
	}
	return st
}

// A copy that is interrupted after any of its commits and run again ends in the
// same destination as one that was not.
func TestCopyIsResumable(t *testing.T) {
	from := manyRecords(t)
	want := contents(t, from)
	for commits := 1; ; commits++ {
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		to, err := memstore.Open(ctx, &store.Options{Tracer: store.TracerFunc(func(r store.Result) {
			switch r.Op {
			case store.OpSet, store.OpClear, store.OpView, store.OpTransaction:
				if seen++; r.Op == store.OpSet && seen == commits {
					cancel()
				}
			}
		})})
		require.NoError(t, err)
		err = quiet(t).copy(ctx, from, to, false, true)
		finished := err == nil
		if !finished {
			require.ErrorIs(t, err, context.Canceled)
			require.NotEqual(t, want, contents(t, to), "nothing was interrupted")
			require.NoError(t, quiet(t).copy(t.Context(), from, to, false, true))
		}
		require.Equal(t, want, contents(t, to))
		require.NoError(t, to.Close())
		cancel()
		if finished {
			require.Greater(t, commits, 8)
			return
		}
	}
}

// A destination with other records is left alone, unless it may be overwritten.
func TestCopyRefusesOtherRecords(t *testing.T) {
	from := manyRecords(t)
	for name, ds := range map[string]*store.DataSet{
		"another value":  new(store.DataSet).Put("session", "a.7", []byte("other")),
		"another id":     new(store.DataSet).Put("session", "a.7777", nil),
		"another family": new(store.DataSet).Put("elsewhere", "a.7", nil),
	} {
		t.Run(name, func(t *testing.T) {
			to, err := memstore.Open(t.Context(), nil)
			require.NoError(t, err)
			defer to.Close()
			require.NoError(t, to.Namespace("one\x00").Set(t.Context(), ds))
			require.NoError(t, to.Namespace("alone").Set(t.Context(), ds))
			before := contents(t, to)
			require.ErrorIs(t, quiet(t).copy(t.Context(), from, to, false, true), errOccupied)
			require.Equal(t, before, contents(t, to))
			require.NoError(t, quiet(t).copy(t.Context(), from, to, true, true))
			require.Equal(t, contents(t, from), contents(t, to))
		})
	}
}
