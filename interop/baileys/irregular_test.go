//go:build unix

package baileys_test

import (
	"context"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/interop/baileys"
)

// irregular makes what is no file at a path.
var irregular = map[string]func(t *testing.T, path string){
	"a folder":        func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) },
	"a named pipe":    func(t *testing.T, path string) { require.NoError(t, syscall.Mkfifo(path, 0o600)) },
	"a symbolic link": func(t *testing.T, path string) { require.NoError(t, os.Symlink("device-list-1.json", path)) },
	"a socket":        socket,
}

// A socket's path must be short.
func socket(t *testing.T, path string) {
	short, err := os.MkdirTemp("", "s")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(short)) })
	l, err := net.Listen("unix", filepath.Join(short, "s"))
	require.NoError(t, err)
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	require.NoError(t, os.Rename(filepath.Join(short, "s"), path))
}

// What stands in the place of a record's file, of creds.json or of any .json is
// not passed over: nothing is imported, and it is named.
func TestNoFileIsNamed(t *testing.T) {
	for kind, mk := range irregular {
		for _, name := range []string{
			"session-2.0.json", "creds.json", "pre-key-7.json", "sender-key-memory-g.json", "app-state-sync-key-A__.json",
			"lid-mapping-1_reverse.json", "tctoken-__index.json", "poll-1.json",
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				ctx, repo := context.Background(), newRepo(t)
				dir := folder(t, map[string]string{"device-list-1.json": `["0"]`})
				mk(t, filepath.Join(dir, name))
				report, err := baileys.Import(ctx, repo, dir, nil)
				require.ErrorIs(t, err, baileys.ErrBad)
				require.True(t, report.Findings())
				require.Len(t, report.Bad, 1)
				require.ErrorIs(t, report.Bad[0], baileys.ErrNotFile)
				assert.EqualError(t, report.Bad[0], name+": not a regular file: it is "+kind+", which is not read")
				assert.Empty(t, records(t, repo))

				report, err = baileys.Import(ctx, repo, dir, &baileys.ImportOptions{KeepGoing: true})
				require.ErrorIs(t, err, baileys.ErrBad)
				assert.Len(t, report.Bad, 1)
				assert.Equal(t, map[string]string{"device-list-1.json": `["0"]`}, exported(t, repo))

				// The same where the file was replaced since the folder was listed.
				require.ErrorIs(t, baileys.ReadFile(dir, name), baileys.ErrNotFile)
			})
		}
		t.Run(kind+" passed over", func(t *testing.T) {
			dir := folder(t, map[string]string{"device-list-1.json": `["0"]`})
			for _, name := range []string{".x.json", "session-2.0.json.tmp", "creds.json.bak", "media"} {
				mk(t, filepath.Join(dir, name))
			}
			report, err := baileys.Import(context.Background(), newRepo(t), dir, nil)
			require.NoError(t, err)
			assert.Len(t, report.Skipped, 4)
		})
	}
}

// A folder that a client writes to is imported whole or not at all: in place, by
// renaming, by deleting and by making files.
func TestImportBesideAWriter(t *testing.T) {
	seed, rounds := rand.Uint64(), 25
	if os.Getenv("KEYFAM_SOAK") != "" {
		rounds = 1000
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	files := map[string]string{"creds.json": "{}"}
	for i := range 60 {
		files["session-"+strings.Repeat("1", i+1)+".0.json"] = `{"n":"` + strings.Repeat("x", 100) + `"}`
	}
	outcomes := map[error]int{}
	for range rounds {
		repo, dir := newRepo(t), folder(t, files)
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			rewrite(t, rand.New(rand.NewPCG(r.Uint64(), 0)), dir, files, stop)
		}()
		report, err := baileys.Import(context.Background(), repo, dir, nil)
		close(stop)
		<-done
		switch {
		case err == nil:
			require.Len(t, records(t, repo), len(files), "a file was missed without a word")
			outcomes[nil]++
		case report.Imported:
			require.ErrorIs(t, err, baileys.ErrChanged)
			require.NotEmpty(t, report.Changed)
		default:
			require.Empty(t, records(t, repo))
			require.True(t, len(report.Changed) > 0 || len(report.Bad) > 0)
			outcomes[baileys.ErrChanged]++
		}
	}
	t.Logf("%d imports: %v", rounds, outcomes)
	require.NotZero(t, outcomes[baileys.ErrChanged])
}

// rewrite replaces files with the same content until it is stopped.
func rewrite(t *testing.T, r *rand.Rand, dir string, files map[string]string, stop chan struct{}) {
	for name, data := range files {
		select {
		case <-stop:
			return
		default:
		}
		path := filepath.Join(dir, name)
		if r.IntN(2) == 0 {
			assert.NoError(t, os.WriteFile(path, []byte(data), 0o600))
			continue
		}
		assert.NoError(t, os.WriteFile(path+".tmp", []byte(data), 0o600))
		assert.NoError(t, os.Rename(path+".tmp", path))
	}
}

// Each change between the reading and the end is named, and nothing is written.
func TestChangesAreNamed(t *testing.T) {
	base := map[string]string{"creds.json": "{}", "device-list-1.json": `["0"]`, "device-list-2.json": `["0"]`}
	for what, change := range map[string]func(dir string) error{
		"device-list-1.json": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "device-list-1.json"), []byte(`["1"]`), 0o600)
		},
		"device-list-2.json": func(dir string) error { return os.Remove(filepath.Join(dir, "device-list-2.json")) },
		"device-list-3.json": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "device-list-3.json"), []byte(`[]`), 0o600)
		},
		"creds.json": func(dir string) error {
			return os.Rename(filepath.Join(dir, ".creds"), filepath.Join(dir, "creds.json"))
		},
		".": func(dir string) error { return os.Remove(filepath.Join(dir, ".creds")) },
	} {
		for _, phase := range []string{"reading", "writing"} {
			t.Run(what+" "+phase, func(t *testing.T) {
				repo, dir := newRepo(t), folder(t, base)
				require.NoError(t, os.WriteFile(filepath.Join(dir, ".creds"), []byte("{} "), 0o600))
				past(t, dir)
				report, err := baileys.Import(context.Background(), repo, dir, &baileys.ImportOptions{Progress: func(p baileys.Progress) {
					if p.Phase == phase && p.Done == p.Total {
						assert.NoError(t, change(dir))
					}
				}})
				require.ErrorIs(t, err, baileys.ErrChanged)
				assert.Equal(t, []string{what}, report.Changed)
				assert.True(t, report.Findings())
				assert.Equal(t, phase == "writing", report.Imported)
				assert.Equal(t, phase == "writing", len(records(t, repo)) > 0)
			})
		}
	}
}

// past puts the times of a folder and its files back: the clock of a file system
// is coarse.
func past(t *testing.T, dir string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	when := time.Unix(1_700_000_000, 0)
	for _, e := range entries {
		require.NoError(t, os.Chtimes(filepath.Join(dir, e.Name()), when, when))
	}
	require.NoError(t, os.Chtimes(dir, when, when))
}
