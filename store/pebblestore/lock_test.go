//go:build unix

package pebblestore

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// refusedChild returns what another process prints if it cannot open the
// directory.
func refusedChild(t *testing.T, dir string) string {
	t.Helper()
	cmd, out := startChild(t, dir)
	var said bytes.Buffer
	_, err := out.WriteTo(&said)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	require.Contains(t, said.String(), "refused")
	return said.String()
}

// A second owner is refused whatever was done to the file LOCK, and whatever
// path it takes.
func TestLockOutlivesItsFile(t *testing.T) {
	for name, meddle := range map[string]func(lock string) error{
		"removed":  os.Remove,
		"moved":    func(lock string) error { return os.Rename(lock, lock+".old") },
		"replaced": func(lock string) error { return replace(lock, "") },
		"alone":    func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			b, err := openBackend(dir, &Options{})
			require.NoError(t, err)
			commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
			require.NoError(t, meddle(filepath.Join(dir, lockName)))
			link := filepath.Join(t.TempDir(), "link")
			require.NoError(t, os.Symlink(dir, link))
			for range 2 {
				for _, path := range []string{dir, link} {
					for _, readOnly := range []bool{false, true} {
						_, err := Open(t.Context(), path, &Options{ReadOnly: readOnly})
						require.ErrorIs(t, err, ErrLocked)
						require.ErrorIs(t, err, driver.ErrUnavailable)
						assert.Contains(t, err.Error(), "in this process")
					}
				}
				said := refusedChild(t, dir)
				assert.Contains(t, said, "open elsewhere")
				if name == "alone" {
					assert.Contains(t, said, fmt.Sprintf("in process %d", os.Getpid()))
				}
			}
			for i := range 10 {
				commit(t, b, driver.Commit{Writes: []driver.Write{put(fmt.Sprint("b", i), "1")}})
			}
			require.NoError(t, b.Close())
			found, err := readAll(dir, "n")
			require.NoError(t, err)
			assert.Len(t, found, 11)
		})
	}
}

func replace(name, text string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

// A process leaves no lock behind if it is killed, or if it has started other
// processes.
func TestLockEndsWithItsOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	heir := exec.Command("sleep", "60")
	require.NoError(t, heir.Start())
	defer func() { _ = heir.Process.Kill(); _ = heir.Wait() }()
	require.NoError(t, b.Close())
	b, err = openBackend(dir, &Options{})
	require.NoError(t, err)
	require.NoError(t, b.Close())

	cmd, out := startChild(t, dir)
	newWriters(8).listen(t, out, 20)
	_, err = Open(t.Context(), dir, nil)
	require.ErrorIs(t, err, ErrLocked)
	assert.Contains(t, err.Error(), fmt.Sprintf("in process %d", cmd.Process.Pid))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // "signal: killed"
	b, err = openBackend(dir, &Options{})
	require.NoError(t, err)
	require.NoError(t, b.Close())
}

// A store whose directory is moved, removed or replaced acknowledges nothing
// any more, and does not touch what is in its place.
func TestDirectoryThatGoesAway(t *testing.T) {
	for name, meddle := range map[string]func(t *testing.T, dir string){
		"moved":   func(t *testing.T, dir string) { require.NoError(t, os.Rename(dir, dir+".old")) },
		"removed": func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(dir)) },
		"replaced": func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(dir, dir+".old"))
			b, err := openBackend(dir, &Options{})
			require.NoError(t, err)
			commit(t, b, driver.Commit{Writes: []driver.Write{put("other", "1")}})
			require.NoError(t, b.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			b, err := openBackend(dir, &Options{memTable: 64 << 10})
			require.NoError(t, err)
			h := &history{namespace: "n"}
			require.NoError(t, h.run(b, func() bool { return h.acked.Load() >= 20 }))
			meddle(t, dir)
			acked := h.acked.Load()
			err = h.run(b, func() bool { return h.acked.Load() >= acked+300 })
			require.ErrorIs(t, err, driver.ErrUnavailable)
			assert.Contains(t, err.Error(), "moved, replaced or removed")
			assert.Equal(t, acked, h.acked.Load())
			require.ErrorIs(t, b.Close(), driver.ErrUnavailable)
			if name != "removed" {
				b, err = openBackend(dir+".old", &Options{})
				require.NoError(t, err)
				verify(t, b, "n", acked, h.tried.Load())
				require.NoError(t, b.Close())
			}
			if name == "replaced" {
				found, err := readAll(dir, "n")
				require.NoError(t, err)
				assert.Len(t, found, 1)
			}
		})
	}
}

// Readers share the directory. They keep a writer out, and a writer keeps them
// out.
func TestReadersShare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	require.NoError(t, b.Close())
	one, err := openBackend(dir, &Options{ReadOnly: true})
	require.NoError(t, err)
	two, err := openBackend(dir, &Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, two.Close())
	_, err = Open(t.Context(), dir, nil)
	require.ErrorIs(t, err, ErrLocked)
	assert.Contains(t, refusedChild(t, dir), "open elsewhere")
	assert.Equal(t, "1", string(get(t, one, "a").Value))
	require.NoError(t, one.Close())
	b, err = openBackend(dir, &Options{})
	require.NoError(t, err)
	require.NoError(t, b.Close())
}

// Programs that use the bare engine lock the file LOCK.
func TestBareEngineIsLockedOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	cmd, out := startChild(t, dir)
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	newWriters(8).listen(t, out, 20)
	_, err := vfs.Default.Lock(filepath.Join(dir, lockName))
	require.Error(t, err)
	assert.ErrorIs(t, err, syscall.EAGAIN)
}

// A file that a link in the directory points to is not touched, and the error
// names the link.
func TestLinksInTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})
	require.NoError(t, b.Close())
	names := append(namesIn(t, dir), newName, ledgerNewName, "000999.sst", "000999.log")
	for _, name := range names {
		for kind, plant := range map[string]func(target, name string) error{
			"symlink":   os.Symlink,
			"dangling":  func(target, name string) error { return os.Symlink(target+".none", name) },
			"directory": func(_, name string) error { return os.Mkdir(name, 0o700) },
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				copied := copyOf(t, dir)
				target := filepath.Join(t.TempDir(), "precious")
				require.NoError(t, os.WriteFile(target, []byte("precious"), 0o600))
				_ = os.Remove(filepath.Join(copied, name))
				require.NoError(t, plant(target, filepath.Join(copied, name)))
				for _, readOnly := range []bool{false, true} {
					_, err := Open(t.Context(), copied, &Options{ReadOnly: readOnly})
					require.ErrorIs(t, err, driver.ErrInvalid)
					assert.Contains(t, err.Error(), name)
				}
				text, err := os.ReadFile(target)
				require.NoError(t, err)
				assert.Equal(t, "precious", string(text))
				assert.NoFileExists(t, target+".none")
			})
		}
	}
	fresh := t.TempDir()
	target := filepath.Join(t.TempDir(), "precious")
	require.NoError(t, os.WriteFile(target, []byte("precious"), 0o600))
	require.NoError(t, os.Chmod(fresh, 0o700))
	require.NoError(t, os.Symlink(target, filepath.Join(fresh, lockName)))
	_, err = Open(t.Context(), fresh, nil)
	require.ErrorIs(t, err, driver.ErrInvalid)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))
}

// A directory that others can write is refused, whatever is above it. The mode
// of an older LOCK is corrected.
func TestModesThatLetOthersIn(t *testing.T) {
	top := t.TempDir()
	require.NoError(t, os.Chmod(top, 0o1777))
	dir := filepath.Join(top, "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	require.NoError(t, b.Close())
	lock := filepath.Join(dir, lockName)
	require.NoError(t, os.Chmod(lock, 0o666))
	for _, mode := range []os.FileMode{0o770, 0o777, 0o720, 0o702, 0o1777} {
		require.NoError(t, os.Chmod(dir, mode))
		for _, readOnly := range []bool{false, true} {
			_, err := Open(t.Context(), dir, &Options{ReadOnly: readOnly})
			require.ErrorIs(t, err, driver.ErrInvalid, mode)
			assert.Contains(t, err.Error(), "0700")
		}
	}
	for _, mode := range []os.FileMode{0o755, 0o750, 0o700} {
		require.NoError(t, os.Chmod(dir, mode))
		b, err := openBackend(dir, &Options{})
		require.NoError(t, err, mode)
		require.NoError(t, b.Close())
	}
	info, err := os.Stat(lock)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
}
