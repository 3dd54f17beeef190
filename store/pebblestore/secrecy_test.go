package pebblestore

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/store"
)

// lockedBuffer collects the messages of the engine's goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestNothingShows puts markers into the directory's path, a namespace, ids
// and values, over several openings. It searches the handles, the errors and
// the engine's messages of every level.
func TestNothingShows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), markers.Text("a (directory), one"))
	var log lockedBuffer
	o := &Options{memTable: 64 << 10, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	pairs := 0
	for range 3 {
		st, err := Open(t.Context(), dir, o)
		require.NoError(t, err)
		s := st.Namespace(markers.Text("namespace"))
		for i := range 200 {
			value := bytes.Repeat([]byte(markers.Text("value")), 60)
			require.NoError(t, s.Set(t.Context(), new(store.DataSet).Put("session", markers.Text("id")+string(rune(i)), value)))
		}
		pairs += markers.Search(t, "store", s) + markers.Search(t, "driver", st.Driver())
		for _, err := range failures(t, st, dir) {
			pairs += markers.Search(t, "error", err)
		}
		require.NoError(t, st.Close())
	}
	markers.Check(t, markers.Package{Dir: ".", Exempt: map[string]string{"Options": "settings of the user"}})
	require.NotEmpty(t, log.text())
	assert.Empty(t, markers.Find(log.text()), "the engine's lines")
	t.Logf("%d pairs, %d bytes of the engine's lines", pairs, len(log.text()))
}

// failures returns errors about the directory and about others.
func failures(t *testing.T, st *store.Store, dir string) (errs []error) {
	beside := filepath.Join(t.TempDir(), markers.Text("file"))
	require.NoError(t, os.WriteFile(beside, nil, 0o600))
	_, again := Open(t.Context(), dir, nil)
	_, file := Open(t.Context(), beside, nil)
	_, absent := Open(t.Context(), beside+" is absent", &Options{ReadOnly: true})
	_, under := Open(t.Context(), filepath.Join(beside, "under a file"), nil)
	damaged := filepath.Join(t.TempDir(), markers.Text("damaged"))
	require.NoError(t, Checkpoint(st, damaged))
	manifests, err := filepath.Glob(filepath.Join(damaged, "MANIFEST-*"))
	require.NoError(t, err)
	for _, name := range manifests {
		require.NoError(t, os.WriteFile(name, []byte("no manifest"), 0o600))
	}
	_, damage := Open(t.Context(), damaged, nil)
	errs = append(errs, again, file, absent, under, damage, Checkpoint(st, dir), Checkpoint(st, filepath.Join(dir, "within")), Checkpoint(st, beside))
	for i, err := range errs {
		require.Error(t, err, "%d", i)
	}
	return errs
}
