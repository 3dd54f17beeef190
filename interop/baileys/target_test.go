package baileys_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/interop/baileys"
)

// A folder that others can write to is refused, and left as it was.
func TestExportRefusesExposedFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes say nothing there
	}
	repo, _ := imported(t, realFolder)
	for mode, want := range map[os.FileMode]error{
		0o700: nil, 0o755: nil, 0o750: nil, 0o770: baileys.ErrExposed, 0o702: baileys.ErrExposed, 0o777: baileys.ErrExposed, 0o777 | os.ModeSticky: baileys.ErrExposed,
	} {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, mode))
		_, err := baileys.Export(context.Background(), repo, dir, nil)
		if want == nil {
			require.NoError(t, err, mode)
			continue
		}
		require.ErrorIs(t, err, want, mode)
		assert.Empty(t, contents(t, dir))
	}
}

// partOf is a folder with an export that was killed: some of its files, the mark
// and a file that was not whole yet.
func partOf(t *testing.T, files map[string]string, has func(i int, name string) bool) string {
	t.Helper()
	dir, mark, i := t.TempDir(), "", 0
	for name, data := range files {
		mark += name + "\x00"
		if i++; has(i, name) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600))
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".keyfam-7.tmp"), []byte("{"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, baileys.Unfinished), []byte(mark), 0o600))
	return dir
}

// Half an export is no folder to import, and the next export completes it.
func TestKilledExportRunsAgain(t *testing.T) {
	ctx := context.Background()
	repo, _ := imported(t, realFolder)
	want := contents(t, realFolder)
	for what, has := range map[string]func(i int, name string) bool{
		"none": func(int, string) bool { return false },
		"half": func(i int, name string) bool { return i%2 == 0 && name != "creds.json" },
		"all":  func(int, string) bool { return true },
	} {
		dir := partOf(t, want, has)
		_, err := baileys.Import(ctx, newRepo(t), dir, nil)
		require.ErrorIs(t, err, baileys.ErrUnfinished, what)
		require.ErrorIs(t, baileys.CheckFolder(dir), baileys.ErrUnfinished, what)
		_, err = baileys.Export(ctx, repo, dir, nil)
		require.NoError(t, err, what)
		require.Equal(t, want, contents(t, dir), what)
	}
}

// What the namespace no longer holds must not stay behind in the folder.
func TestKilledExportOfAnEarlierState(t *testing.T) {
	ctx := context.Background()
	repo, _ := imported(t, realFolder)
	before := contents(t, realFolder)
	require.NoError(t, repo.PreKeys().Delete(ctx, 3))
	require.NoError(t, repo.DeviceLists().Put(ctx, "12025550188", []string{"9"}))
	want := exported(t, repo)
	require.NotContains(t, want, "pre-key-3.json")
	dir := partOf(t, before, func(_ int, name string) bool { return name != "creds.json" })
	_, err := baileys.Export(ctx, repo, dir, nil)
	require.NoError(t, err)
	require.Equal(t, want, contents(t, dir))

	// With creds.json a client may have used it: it is left as it is.
	dir = partOf(t, before, func(int, string) bool { return true })
	there := contents(t, dir)
	_, err = baileys.Export(ctx, repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrNotEmpty)
	require.Equal(t, there, contents(t, dir))
}

// Files that no export wrote are never touched.
func TestKilledExportBesideOtherFiles(t *testing.T) {
	repo, _ := imported(t, realFolder)
	for _, name := range []string{"mine.txt", ".keyfam", "device-list-mine.json", ".keyfam-export.bak"} {
		dir := partOf(t, contents(t, realFolder), func(i int, _ string) bool { return i%2 == 0 })
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
		before := contents(t, dir)
		_, err := baileys.Export(context.Background(), repo, dir, nil)
		require.ErrorIs(t, err, baileys.ErrNotEmpty, name)
		require.Equal(t, before, contents(t, dir))
	}
}

// An export that ends with an error, wherever, leaves nothing.
func TestFailedExportLeavesNothing(t *testing.T) {
	repo, _ := imported(t, realFolder)
	n := len(contents(t, realFolder))
	for at := 1; at < n; at += 7 {
		ctx, cancel := context.WithCancel(context.Background())
		dir := filepath.Join(t.TempDir(), "out")
		_, err := baileys.Export(ctx, repo, dir, &baileys.ExportOptions{Progress: func(p baileys.Progress) {
			if p.Done == at {
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contents(t, dir))
		_, err = baileys.Export(context.Background(), repo, dir, nil)
		require.NoError(t, err)
		cancel()
	}
}
