package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// Every family of the schemas has a shape, and none too many.
func TestShapesAreTheFamiliesOfTheSchemas(t *testing.T) {
	var want, have []string
	for line := range strings.Lines(signalkeys.Schema + baileysfile.Schema) {
		if words := strings.Fields(line); words[0] == "family" {
			want = append(want, words[1])
		}
	}
	for _, s := range shapes {
		have = append(have, s.name())
	}
	assert.ElementsMatch(t, want, have, "famctl shows a family without a shape as bytes: give it one in shape.go")
}

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
	for _, s := range shapes {
		t.Run(s.name(), func(t *testing.T) {
			n := 0
			for r, err := range st.Scan(t.Context(), s.name(), "") {
				require.NoError(t, err)
				roundTrip(t, st, s, r)
				n++
			}
			require.NotZero(t, n)
		})
	}
}

func roundTrip(t *testing.T, st *store.Store, s shape, r store.Record) {
	form := func(reveal bool) (data []byte) {
		err := st.View(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			v, ok, err := s.get(ctx, tx, r.ID, reveal)
			require.True(t, ok)
			if err == nil {
				data, err = json.Marshal(v)
			}
			return err
		})
		require.NoError(t, err)
		return data
	}
	other, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	defer other.Close()
	put := func(with func(ctx context.Context, tx *store.Tx, id string, data []byte) error, data []byte) error {
		return other.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
			return with(ctx, tx, r.ID, data)
		})
	}
	revealed, redacted := form(true), form(false)
	if string(revealed) != string(redacted) {
		require.ErrorIs(t, put(s.put, redacted), store.ErrInvalid)
	}
	if s.name() == signalkeys.LIDMappingFamily && strings.HasSuffix(r.ID, reverseSuffix) {
		require.ErrorIs(t, put(s.put, revealed), store.ErrInvalid) // put writes it with its forward row
		return
	}
	for _, way := range []struct {
		with func(ctx context.Context, tx *store.Tx, id string, data []byte) error
		data []byte
	}{{s.put, revealed}, {s.putRaw, r.Value}} {
		require.NoError(t, put(way.with, way.data))
		stored, ok, err := other.Get(t.Context(), s.name(), r.ID)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, r.Value, stored)
		require.NoError(t, other.Clear(t.Context()))
	}
}

// Errors about a value say where it is wrong and repeat nothing of it.
func TestPutErrorsRepeatNothing(t *testing.T) {
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	defer st.Close()
	ids := map[string]string{
		"session": "a.1", "pre-key": "1", "sender-key": "g::a::1", "identity-key": "a.1", "baileys-file": "f",
	}
	for _, s := range shapes {
		id := ids[s.name()]
		if id == "" {
			id = "x"
		}
		for _, data := range []string{
			`marker`, `"marker" 1`, `{"marker": 1}`, `123456789`, `["marker`, `{"public": "marker!"}`, `{"version": "marker"}`,
			`{"token": 1, "timestamp": 123456789}`, `[{"marker": true}]`, `null`, ``, `{"public": "AAAA", "private": "AAAA"}`,
			`{"key_data": "AAAA"}`, `{"hash": "AAAA"}`,
		} {
			err := st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
				return s.put(ctx, tx, id, []byte(data))
			})
			if err == nil { // "x" is a fine id of some families, and some data a fine value
				continue
			}
			assert.ErrorIs(t, err, store.ErrInvalid, "%s %s", s.name(), data)
			assert.NotContains(t, err.Error(), "marker", "%s", s.name())
			assert.NotContains(t, err.Error(), "123456789", "%s", s.name())
		}
	}
}
