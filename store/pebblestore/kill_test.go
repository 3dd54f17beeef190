package pebblestore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

// child is another process on the directory. It opens the store, continues
// every history, and prints a line before and after each commit. It prints the
// reason if it cannot. With KEYFAM_TEST_SESSIONS it opens, commits, copies and
// closes again and again.
func child(dir string) {
	if os.Getenv("KEYFAM_TEST_SESSIONS") == "" {
		childCommits(dir)
		return
	}
	fmt.Println("started")
	for n := 0; ; n++ {
		b, err := openBackend(dir, &Options{memTable: 64 << 10})
		if err != nil {
			fmt.Println("refused", err)
			return
		}
		copied := fmt.Sprintf("%s.copy-%d-%d", dir, os.Getpid(), n)
		h := &history{namespace: newWriters(1)[0].namespace}
		for i := 0; i < 3 && err == nil; i++ {
			err = commitOnce(b, 0, h)
		}
		if err == nil && n%2 == 0 {
			err = b.checkpoint(copied)
		}
		if err = errors.Join(err, b.Close()); err != nil {
			fmt.Println("stopped", err)
			return
		}
	}
}

func commitOnce(b *backend, i int, h *history) error {
	n, err := position(b, h.namespace)
	if err != nil {
		return err
	}
	c := step(n + 1)
	fmt.Printf("try %d %d\n", i, n+1)
	if err = b.Commit(ctx, h.namespace, &c); err == nil {
		fmt.Printf("ack %d %d\n", i, n+1)
	}
	return err
}

func childCommits(dir string) {
	b, err := openBackend(dir, &Options{memTable: 64 << 10})
	if err != nil {
		fmt.Println("refused", err)
		return
	}
	ws := newWriters(8)
	done := make(chan error)
	for i, h := range ws {
		go func() { done <- commitAloud(b, i, h) }()
	}
	fmt.Println("stopped", <-done)
}

func commitAloud(b *backend, i int, h *history) error {
	n, err := position(b, h.namespace)
	for err == nil {
		n++
		c := step(n)
		fmt.Printf("try %d %d\n", i, n)
		if err = b.Commit(ctx, h.namespace, &c); err == nil {
			fmt.Printf("ack %d %d\n", i, n)
		}
	}
	return err
}

// position returns how many commits of the history the store holds.
func position(b *backend, namespace string) (uint64, error) {
	found, err := contents(b, namespace)
	if err != nil {
		return 0, err
	}
	return commitsIn(found), nil
}

func startChild(t *testing.T, dir string, env ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), append(env, "KEYFAM_TEST_CHILD="+dir)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewReader(out)
}

// TestKill kills a writing process again and again, and compares the store
// with what the process had printed.
func TestKill(t *testing.T) {
	r := trial.Rand(t)
	dir := filepath.Join(t.TempDir(), "store")
	ws := newWriters(8)
	acks, damaged := 0, 0
	for range *killFlag {
		cmd, out := startChild(t, dir)
		n := ws.listen(t, out, 50+r.IntN(1000))
		require.NoError(t, cmd.Process.Kill())
		acks += n + ws.listen(t, out, 1<<30)
		_ = cmd.Wait() // "signal: killed"
		damaged += ws.flipOnDisk(t, r, dir)

		b, err := openBackend(dir, &Options{})
		require.NoError(t, err)
		ws.resume(t, b, ws.acked(), ws.tried())
		require.NoError(t, b.Close())
	}
	tell(t, "%d kills, %d commits acknowledged before one, none lost, none in part", *killFlag, acks)
	tell(t, "%d bytes of logs changed after a kill and found", damaged)
	require.Positive(t, damaged)
}

// flipOnDisk changes a bit of each log, in copies of what a killed process
// left. It returns how many changes were found. A change is harmless only
// behind the last flush.
func (ws writers) flipOnDisk(t *testing.T, r *rand.Rand, whole string) (found int) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(whole, "*.log"))
	require.NoError(t, err)
	for _, log := range logs {
		dir := copyOf(t, whole)
		require.NoError(t, change(filepath.Join(dir, filepath.Base(log)), func(b []byte) []byte {
			b[r.IntN(1+len(bytes.TrimRight(b, "\x00")))] ^= byte(1 << r.IntN(8))
			return b
		}))
		b, err := openBackend(dir, &Options{})
		if err == nil {
			err = ws.acknowledged(ws.acked(), ws.tried())(b)
			require.NoError(t, b.Close())
		}
		if err != nil {
			require.ErrorIs(t, err, driver.ErrCorrupt)
			found++
		}
	}
	return found
}

// TestKillAtAnyMoment kills a process that opens, commits, copies and closes
// in turn, 0 to 60 ms after its start or after some lines of its output.
func TestKillAtAnyMoment(t *testing.T) {
	r := trial.Rand(t)
	top := t.TempDir()
	dir := filepath.Join(top, "store")
	ws := newWriters(1)
	copies, acks := 0, 0
	for n := range *momentFlag {
		cmd, out := startChild(t, dir, "KEYFAM_TEST_SESSIONS=1")
		_, err := out.ReadString('\n') // "started"
		require.NoError(t, err)
		if n%2 == 1 { // on a busy machine the first lines may take longer
			acks += ws.listen(t, out, 1+r.IntN(20))
		}
		time.Sleep(time.Duration(r.IntN(60_000)) * time.Microsecond)
		require.NoError(t, cmd.Process.Kill())
		acks += ws.listen(t, out, 1<<30)
		_ = cmd.Wait() // "signal: killed"

		acked := ws.acked()
		if acked[0] > 0 {
			b, err := openBackend(dir, &Options{ReadOnly: true})
			require.NoError(t, err)
			require.NoError(t, b.Close())
		}
		b, err := openBackend(dir, &Options{})
		require.NoError(t, err)
		ws.resume(t, b, acked, ws.tried())
		require.NoError(t, b.Close())
		made, err := filepath.Glob(dir + ".copy-*")
		require.NoError(t, err)
		for _, name := range made {
			if !strings.Contains(name, ".partial-") {
				_, err = readAll(name, ws[0].namespace)
				require.NoError(t, err)
				copies++
			}
			require.NoError(t, os.RemoveAll(name))
		}
	}
	require.Positive(t, acks)
	tell(t, "%d kills, %d commits acknowledged before one, none lost, %d copies whole", *momentFlag, acks, copies)
}

// listen reads up to so many lines of the child, and returns how many commits
// were acknowledged.
func (ws writers) listen(t *testing.T, out *bufio.Reader, lines int) (acks int) {
	t.Helper()
	for range lines {
		line, err := out.ReadString('\n')
		if err != nil { // the end of the pipe, maybe within a line
			return acks
		}
		var word string
		var i int
		var n uint64
		_, err = fmt.Sscan(line, &word, &i, &n)
		require.NoError(t, err, line)
		if ws[i].tried.Store(max(n, ws[i].tried.Load())); word == "ack" {
			ws[i].acked.Store(n)
			acks++
		}
	}
	return acks
}

// TestOneOwner opens a directory twice: in this process, by another path, and
// in another process. The first owner goes on.
func TestOneOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	b, err := openBackend(dir, &Options{})
	require.NoError(t, err)
	commit(t, b, driver.Commit{Writes: []driver.Write{put("a", "1")}})

	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	for _, name := range []string{dir, link, filepath.Join(dir, "..", "store")} {
		for _, readOnly := range []bool{false, true} {
			_, err := Open(t.Context(), name, &Options{ReadOnly: readOnly})
			require.ErrorIs(t, err, driver.ErrUnavailable)
			assert.Contains(t, err.Error(), "open elsewhere")
		}
	}
	cmd, out := startChild(t, dir)
	var said bytes.Buffer
	_, err = out.WriteTo(&said)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	assert.True(t, strings.HasPrefix(said.String(), "refused"), said.String())
	assert.Contains(t, said.String(), "open elsewhere")

	commit(t, b, driver.Commit{Writes: []driver.Write{put("b", "1")}})
	require.NoError(t, b.Close())
	b, err = openBackend(dir, &Options{})
	require.NoError(t, err)
	assert.Equal(t, "1", string(get(t, b, "b").Value))
	require.NoError(t, b.Close())
}
