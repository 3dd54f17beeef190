package slogobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/observe/slogobs"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// logged is a store that logs to a buffer, without times.
func logged(t *testing.T, level slog.Level, o store.Options) (*store.Store, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	l := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	o.Tracer = slogobs.New(l, nil)
	s, err := memstore.Open(t.Context(), &o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s, &out
}

func put(id string) *store.DataSet { return new(store.DataSet).Put("session", id, []byte("12")) }

// overtaken runs a transaction that loses its first attempts.
func overtaken(ctx context.Context, s *store.Store, losses int) error {
	runs := 0
	return s.Transaction(ctx, "", func(inner context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(inner, "session", "a"); err != nil {
			return err
		}
		time.Sleep(time.Minute)
		//famvet:ignore rerun how often and when it runs is what is tested
		if runs++; runs <= losses {
			//famvet:ignore outerhandle going around the transaction is what is tested
			return errors.Join(s.Set(ctx, put("a")), tx.Set(inner, put("b")))
		}
		return tx.Set(inner, put("b"))
	})
}

func TestLevels(t *testing.T) {
	for name, one := range map[string]struct {
		level slog.Level
		do    func(ctx context.Context, s *store.Store) error
		want  string
	}{
		"a driver call": {
			slog.LevelDebug, func(ctx context.Context, s *store.Store) error { _, _, err := s.Get(ctx, "session", "a"); return err },
			"level=DEBUG msg=keyfam op=driver_read class=ok family=session keys=1 took=0s\n" +
				"level=DEBUG msg=keyfam op=get class=ok family=session keys=1 took=0s\n",
		},
		"nothing of note": {slog.LevelInfo, func(ctx context.Context, s *store.Store) error { return s.Set(ctx, put("a")) }, ""},
		"a rerun and slow runs": {
			slog.LevelInfo, func(ctx context.Context, s *store.Store) error { return overtaken(ctx, s, 1) },
			"level=INFO msg=keyfam op=attempt class=conflict attempt=1 took=1m0s\n" +
				"level=INFO msg=keyfam op=attempt class=ok attempt=2 took=1m0s\n" +
				"level=INFO msg=keyfam op=transaction class=ok attempt=2 writes=1 bytes=2 took=2m0s\n",
		},
		"a conflict": {slog.LevelWarn, func(ctx context.Context, s *store.Store) error {
			assert.ErrorIs(t, overtaken(ctx, s, 2), store.ErrConflict)
			return nil
		}, "level=WARN msg=keyfam op=transaction class=conflict attempt=2 took=2m0s\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, out := logged(t, one.level, store.Options{MaxAttempts: 2})
				require.NoError(t, one.do(t.Context(), s))
				assert.Equal(t, one.want, out.String())
			})
		})
	}
}

// No marker appears in the log, whatever the level.
func TestLogsTellNothing(t *testing.T) {
	s, out := logged(t, slog.LevelDebug, store.Options{MaxAttempts: 2})
	ctx := t.Context()
	s = s.Namespace(markers.Text("namespace"))
	ds := new(store.DataSet).Put("session", markers.Text("id"), []byte(markers.Text("value")))
	require.NoError(t, s.Set(ctx, ds))
	_, _, err := s.Get(ctx, markers.Text("id"), "session")
	require.Error(t, err)
	err = s.Transaction(ctx, markers.Text("label"), func(ctx context.Context, tx *store.Tx) error {
		for _, err := range tx.Scan(ctx, "session", markers.Text("id")) {
			require.NoError(t, err)
		}
		return errors.New(markers.Text("error"))
	})
	require.Error(t, err)
	require.NoError(t, s.Clear(ctx))
	assert.Greater(t, strings.Count(out.String(), "\n"), 8)
	assert.Empty(t, markers.Find(out.String()))
}
