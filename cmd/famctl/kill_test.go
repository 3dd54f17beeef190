package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// childVariable makes a process of the tests a famctl.
const childVariable = "KEYFAM_FAMCTL_CHILD"

// killer runs famctl and kills it at random moments.
type killer struct {
	t      *testing.T
	random *rand.Rand
	usual  time.Duration // that the verb takes when nobody kills it
	killed int
	ended  int // before the kill
}

func famctl(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	return cmd
}

// run runs famctl to its end and wants it to be done.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := famctl(args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// kill starts a verb and kills it. It reports whether the verb was done before.
func (k *killer) kill(args ...string) (done bool) {
	k.t.Helper()
	var said bytes.Buffer
	cmd := famctl(args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(k.t, cmd.Start())
	time.Sleep(time.Duration(k.random.Int64N(int64(k.usual))))
	_ = cmd.Process.Kill()
	err := cmd.Wait()
	if cmd.ProcessState.Exited() {
		require.NoError(k.t, err, "%s", said.String())
		k.ended++
		return true
	}
	k.killed++
	return false
}

// killLoop measures a verb and then calls round until so many were killed.
func killLoop(t *testing.T, verb func(dir string) []string, round func(k *killer, dir string)) {
	seed, kills := rand.Uint64(), 10
	if os.Getenv("KEYFAM_SOAK") != "" {
		kills = 200
	}
	t.Logf("seed %d", seed)
	k := &killer{t: t, random: rand.New(rand.NewPCG(seed, 0))}
	start := time.Now()
	run(t, verb(t.TempDir())...)
	k.usual = time.Since(start)
	for k.killed < kills {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		require.NoError(t, err)
		round(k, dir)
		require.NoError(t, os.RemoveAll(dir))
	}
	t.Logf("killed %d times, ended %d times before", k.killed, k.ended)
}

// wideFolder is a Baileys folder that takes several commits to import.
func wideFolder(t *testing.T, files int) string {
	dir := t.TempDir()
	for i := range files {
		name := fmt.Sprintf("device-list-%d.json", 100000000000000+i)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(`["0", "3"]`), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "creds.json"), []byte(`{"me":1}`), 0o600))
	return dir
}

func url(dir string) string { return "pebble:" + filepath.Join(dir, "store") }

// verified reports whether verify finds nothing; it must be able to run.
func verified(t *testing.T, dir string) bool {
	t.Helper()
	out, err := famctl("--store", url(dir), "verify").CombinedOutput()
	require.Contains(t, string(out), "verified ", "%v", err)
	return err == nil
}

// A killed import is either begun, which verify says, or done or not begun at
// all; run again it is done.
func TestKilledImport(t *testing.T) {
	folder := wideFolder(t, 1100)
	verb := func(dir string) []string { return []string{"--store", url(dir), "import", "baileys", folder} }
	killLoop(t, verb, func(k *killer, dir string) {
		done := k.kill(verb(dir)...)
		if _, err := os.Stat(filepath.Join(dir, "store", "KEYFAM")); err == nil && verified(t, dir) {
			n := heldRecords(t, dir)
			require.True(t, n == 0 && !done || n == 2201, "%d records look complete", n)
		}
		run(t, verb(dir)...)
		require.True(t, verified(t, dir))
		require.Equal(t, 2201, heldRecords(t, dir))
	})
}

// kept is what the store of a directory holds, and whether it is marked as half
// of a copy.
func kept(t *testing.T, dir string) (all map[string]string, half bool) {
	t.Helper()
	st, err := pebblestore.Open(t.Context(), filepath.Join(dir, "store"), &pebblestore.Options{ReadOnly: true})
	require.NoError(t, err)
	all = contents(t, st)
	half = halfCopied(t.Context(), st) != nil
	require.NoError(t, st.Close())
	return all, half
}

// heldRecords counts the records but for the schemas.
func heldRecords(t *testing.T, dir string) (n int) {
	t.Helper()
	all, _ := kept(t, dir)
	for name := range all {
		if !strings.Contains(name, " "+reserved.Schema+" ") {
			n++
		}
	}
	return n
}

// A killed export is no folder to import unless it is whole; run again it is.
func TestKilledExport(t *testing.T) {
	folder, home := wideFolder(t, 150), t.TempDir()
	run(t, "--store", url(home), "import", "baileys", folder)
	verb := func(dir string) []string {
		return []string{"--store", url(home), "export", "baileys", filepath.Join(dir, "out")}
	}
	killLoop(t, verb, func(k *killer, dir string) {
		out := filepath.Join(dir, "out")
		done := k.kill(verb(dir)...)
		err := famctl("--store", "memory:", "import", "baileys", out).Run()
		different, compareErr := compareFolders(folder, out)
		if err == nil {
			require.NoError(t, compareErr)
			require.Empty(t, different, "half a folder looks complete")
		}
		if done {
			require.NoError(t, err)
			return
		}
		if err != nil { // else it was whole when the kill came
			run(t, verb(dir)...)
		}
		different, err = compareFolders(folder, out)
		require.NoError(t, err)
		require.Empty(t, different)
	})
}

// A killed copy is marked as half of one; run again it is whole.
func TestKilledCopy(t *testing.T) {
	home := t.TempDir()
	st, err := pebblestore.Open(t.Context(), filepath.Join(home, "store"), nil)
	require.NoError(t, err)
	for namespace := range 4 {
		for part := range 3 {
			var ds store.DataSet
			for i := range 700 {
				ds.Put("session", fmt.Sprintf("a.%d", 1000*part+i), bytes.Repeat([]byte("{}"), 200))
			}
			require.NoError(t, st.Namespace(fmt.Sprint("n", namespace)).Set(context.Background(), &ds))
		}
	}
	want := contents(t, st)
	require.NoError(t, st.Close())
	verb := func(dir string) []string { return []string{"--store", url(home), "copy", url(dir)} }
	killLoop(t, verb, func(k *killer, dir string) {
		done := k.kill(verb(dir)...)
		if _, err := os.Stat(filepath.Join(dir, "store", "KEYFAM")); err == nil {
			have, marked := kept(t, dir)
			half := len(have) > 0 && len(have) != len(want)
			require.True(t, !half || marked, "half a copy looks complete")
			require.False(t, done && (half || marked || len(have) == 0))
			if marked {
				require.Error(t, famctl("--store", url(dir), "copy", "memory:").Run())
			}
		}
		run(t, verb(dir)...)
		have, marked := kept(t, dir)
		require.Equal(t, want, have)
		require.False(t, marked)
	})
}

// A killed backup is not there; run again it is whole.
func TestKilledBackup(t *testing.T) {
	folder, home := wideFolder(t, 1100), t.TempDir()
	run(t, "--store", url(home), "import", "baileys", folder)
	verb := func(dir string) []string {
		return []string{"--store", url(home), "backup", filepath.Join(dir, "store")}
	}
	killLoop(t, verb, func(k *killer, dir string) {
		k.kill(verb(dir)...)
		if _, err := os.Stat(filepath.Join(dir, "store")); err != nil {
			run(t, verb(dir)...)
		}
		require.True(t, verified(t, dir))
		require.Equal(t, 2201, heldRecords(t, dir))
		require.True(t, verified(t, home), "the store itself")
	})
}
