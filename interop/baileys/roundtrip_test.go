package baileys_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store/memstore"
)

const realFolder = "testdata/baileys-auth"

// newRepo is an empty repository in memory.
func newRepo(t testing.TB) *signalkeys.Repo {
	t.Helper()
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	repo, err := signalkeys.Open(context.Background(), st)
	require.NoError(t, err)
	return repo
}

// folder makes a folder of files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600))
	}
	return dir
}

// contents is every file of a folder.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(data)
	}
	return files
}

// imported is a repository that a folder was imported into.
func imported(t testing.TB, dir string) (*signalkeys.Repo, *baileys.ImportReport) {
	t.Helper()
	repo := newRepo(t)
	report, err := baileys.Import(context.Background(), repo, dir, nil)
	require.NoError(t, err, "%v", report.Bad)
	return repo, report
}

// exported exports a repository and returns the files.
func exported(t testing.TB, repo *signalkeys.Repo) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	_, err := baileys.Export(context.Background(), repo, dir, nil)
	require.NoError(t, err)
	return contents(t, dir)
}

func TestRealFolderComesBackByteForByte(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	report, err := baileys.Import(ctx, repo, realFolder, nil)
	require.NoError(t, err)
	require.False(t, report.Findings())
	require.True(t, report.Creds)
	require.Equal(t, map[string]int{
		"session": 6, "pre-key": 18, "sender-key": 2, "sender-key-memory": 1, "app-state-sync-key": 2,
		"app-state-sync-version": 3, "lid-mapping": 6, "device-list": 6, "tctoken": 3, "identity-key": 2,
	}, report.Records)
	require.Equal(t, contents(t, realFolder), exported(t, repo))
}
