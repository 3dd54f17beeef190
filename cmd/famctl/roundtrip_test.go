package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
	"github.com/keyfam/keyfam/store/memstore"
)

func imported(t *testing.T) *store.Store {
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	repo, err := signalkeys.Open(t.Context(), st)
	require.NoError(t, err)
	_, err = baileys.Import(t.Context(), repo, demoFolder, nil)
	require.NoError(t, err)
	return st
}

// What get reveals, put stores again, to the byte, for real records of every
// family; and without revealing, no secret shows and put takes nothing.
func TestFormsRoundTrip(t *testing.T) {
	st := imported(t)
	schemas, err := dynamic.Load(t.Context(), st)
	require.NoError(t, err)
	require.Len(t, schemas.Families(), 11)
	for _, f := range schemas.Families() {
		t.Run(f.Name, func(t *testing.T) {
			n := 0
			for r, err := range st.Scan(t.Context(), f.Name, "") {
				require.NoError(t, err)
				roundTrip(t, f, r)
				n++
			}
			require.NotZero(t, n)
		})
	}
}

func roundTrip(t *testing.T, f *dynamic.Family, r store.Record) {
	revealed, err := form(f, r.ID, r.Value, true)
	require.NoError(t, err)
	redacted, err := form(f, r.ID, r.Value, false)
	require.NoError(t, err)
	require.Equal(t, f.Secret, string(revealed) != string(redacted))
	if f.Derived(r.ID) {
		return
	}
	if f.Secret {
		_, err := valueOf(f, redacted, false)
		require.ErrorIs(t, err, store.ErrInvalid)
		require.ErrorContains(t, err, "--reveal")
	}
	for raw, data := range map[bool][]byte{false: revealed, true: r.Value} {
		v, err := valueOf(f, data, raw)
		require.NoError(t, err)
		stored, err := f.Codec().Marshal(v)
		require.NoError(t, err)
		require.Equal(t, r.Value, stored)
	}
}
