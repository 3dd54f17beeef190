package secrecy_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/observe/slogobs"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// TestSlogobs searches what is logged of operations about markers, and the
// tracer with the logger in it.
func TestSlogobs(t *testing.T) {
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, everything) },
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, everything) },
	} {
		var out bytes.Buffer
		tracer := slogobs.New(slog.New(handler(&out)), nil)
		s, err := memstore.Open(t.Context(), &store.Options{Tracer: tracer})
		require.NoError(t, err)
		traced(t, s.Namespace(markers.Text("namespace")))
		require.NoError(t, s.Close())
		assert.Greater(t, bytes.Count(out.Bytes(), []byte("\n")), 12, name)
		assert.Empty(t, markers.Find(out.String()), name)
		markers.Search(t, "a tracer that logs "+name, tracer, yamls)
		markers.Search(t, "a store whose tracer logs "+name, s, yamls)
	}
	markers.Check(t, markers.Package{Dir: "../../observe/slogobs", Exempt: map[string]string{"Options": isOption}})
}

var everything = &slog.HandlerOptions{Level: slog.LevelDebug}

// traced makes operations about markers, some of which fail.
func traced(t *testing.T, s *store.Store) {
	require.NoError(t, s.Set(t.Context(), new(store.DataSet).Put("session", markers.Text("id"), []byte(markers.Text("value")))))
	require.NoError(t, s.Transaction(t.Context(), markers.Text("label"), func(ctx context.Context, tx *store.Tx) error { return nil }))
	_ = s.View(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		//famvet:ignore familyname a family that is none is what is tested
		_, _, err := tx.Get(ctx, "", markers.Text("id"))
		return err
	})
	_, _, _ = s.Get(t.Context(), markers.Text("swapped"), "session")
	//famvet:ignore scanerr the test is about something else than the error
	for range s.Scan(t.Context(), "session", markers.Text("id")) {
		continue
	}
	_ = s.Transaction(t.Context(), markers.Text("label"), func(ctx context.Context, tx *store.Tx) error {
		return errors.New(markers.Text("error"))
	})
}
