package baileys_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
)

// manyFiles is a folder that takes several commits, with all families and a few
// kept files.
func manyFiles(t testing.TB) string {
	files := contents(t, realFolder)
	for i := len(files); i < 1100; i++ {
		user := strconv.Itoa(100000000000000 + i)
		if i%3 == 0 {
			files["device-list-"+user+".json"] = `[ "0" ]` // kept
		} else {
			files["session-"+user+"_1.0.json"] = files["session-12025550155.0.json"]
		}
	}
	return folder(t, files)
}

func TestMain(m *testing.M) {
	if os.Getenv("KEYFAM_BAILEYS_CHILD") == "1" {
		fmt.Println(importUntilKilled(os.Args[1], os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// importUntilKilled imports a folder into a journal and stands still, in the
// middle of a commit or behind it, when so many half commits are written.
func importUntilKilled(path, dir, halves string) error {
	left, err := strconv.Atoi(halves)
	if err != nil {
		return err
	}
	st, err := openJournal(path, func(*os.File, []byte) {
		if left--; left == 0 {
			fmt.Println("kill me")
			select {}
		}
	})
	if err != nil {
		return err
	}
	repo, err := signalkeys.Open(context.Background(), st)
	if err != nil {
		return err
	}
	_, err = baileys.Import(context.Background(), repo, dir, nil)
	return err
}

// A process that imports is killed again and again, at each commit, in the
// middle of it and behind it. The next one goes on, and the end is the same.
func TestKilledImportRunsAgain(t *testing.T) {
	ctx, dir := context.Background(), manyFiles(t)
	whole, _ := imported(t, dir)
	want, killed := records(t, whole), 0
	for halves := 1; ; halves++ {
		path := filepath.Join(t.TempDir(), "journal")
		if !killedChild(t, path, dir, halves) {
			break
		}
		killed++
		st, err := openJournal(path, nil)
		require.NoError(t, err)
		repo, err := signalkeys.Open(ctx, st)
		require.NoError(t, err)
		_, err = baileys.Import(ctx, repo, dir, nil)
		require.NoError(t, err, "killed after %d halves of commits", halves)
		require.True(t, maps.Equal(want, records(t, repo)), "killed after %d halves of commits", halves)
		require.NoError(t, st.Close())
	}
	t.Logf("killed %d times", killed)
	require.GreaterOrEqual(t, killed, 2*3, "the import has three commits")
	require.Equal(t, contents(t, dir), exported(t, whole))
}

// records is everything that a store holds.
func records(t *testing.T, repo *signalkeys.Repo) map[string]string {
	t.Helper()
	ctx, all := context.Background(), map[string]string{}
	names, err := repo.Store().Families(ctx)
	require.NoError(t, err)
	for _, name := range names {
		for r, err := range repo.Store().Scan(ctx, name, "") {
			require.NoError(t, err)
			all[name+" "+r.ID] = string(r.Value)
		}
	}
	return all
}

func interrupted(t *testing.T, repo *signalkeys.Repo) bool {
	t.Helper()
	report, err := baileys.Check(context.Background(), repo, nil)
	require.NoError(t, err)
	return report.Interrupted
}

// killedChild reports whether the child came as far as to be killed.
func killedChild(t *testing.T, path, dir string, halves int) bool {
	t.Helper()
	child := exec.Command(os.Args[0], path, dir, strconv.Itoa(halves))
	child.Env = append(os.Environ(), "KEYFAM_BAILEYS_CHILD=1")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	line = strings.TrimSpace(line)
	if line != "kill me" {
		require.Equal(t, "<nil>", line, "the import failed")
		_ = child.Wait()
		return false
	}
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	return true
}

// interruptedRepo is a repository with part of a folder.
func interruptedRepo(t *testing.T, dir string) *signalkeys.Repo {
	t.Helper()
	repo := newRepo(t)
	interruptImport(t, repo, dir, false)
	return repo
}

func interruptImport(t *testing.T, repo *signalkeys.Repo, dir string, merge bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := baileys.Import(ctx, repo, dir, &baileys.ImportOptions{Merge: merge, Progress: func(p baileys.Progress) {
		if p.Phase == "writing" && p.Done > 0 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, interrupted(t, repo))
}

// An import of what is there already writes nothing and is no error.
func TestImportRunsTwice(t *testing.T) {
	ctx, dir := context.Background(), manyFiles(t)
	repo, first := imported(t, dir)
	require.False(t, first.There)
	before := records(t, repo)
	again, err := baileys.Import(ctx, repo, dir, nil)
	require.NoError(t, err)
	assert.True(t, again.There)
	assert.Equal(t, first.Records, again.Records)
	assert.Equal(t, before, records(t, repo))

	// Not so once anything has changed: a record that has gone must not come back.
	require.NoError(t, repo.PreKeys().Delete(ctx, 10))
	_, err = baileys.Import(ctx, repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrNotEmpty)
}

// A merge completes an import that was interrupted, also beside records that
// others have written since, and also if it is itself interrupted first.
func TestMergeAfterAnInterruption(t *testing.T) {
	ctx, dir := context.Background(), manyFiles(t)
	want := contents(t, dir)
	want["device-list-mine.json"] = `["0"]`
	for _, twice := range []bool{false, true} {
		repo := interruptedRepo(t, dir)
		require.NoError(t, repo.DeviceLists().Put(ctx, "mine", []string{"0"}))
		if twice {
			interruptImport(t, repo, dir, true)
			_, err := baileys.Export(ctx, repo, filepath.Join(t.TempDir(), "out"), nil)
			require.ErrorIs(t, err, baileys.ErrInterrupted)
		}
		_, err := baileys.Import(ctx, repo, dir, &baileys.ImportOptions{Merge: true})
		require.NoError(t, err)
		require.False(t, interrupted(t, repo))
		require.Equal(t, want, exported(t, repo))
	}
}

// A merge that is interrupted leaves the mark, though there was none before.
func TestInterruptedMergeIsNotExported(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	require.NoError(t, repo.DeviceLists().Put(ctx, "mine", []string{"0"}))
	interruptImport(t, repo, manyFiles(t), true)
	_, err := baileys.Export(ctx, repo, filepath.Join(t.TempDir(), "out"), nil)
	require.ErrorIs(t, err, baileys.ErrInterrupted)
}

// A folder of somebody else's is not imported, file by file, as unknown ones.
func TestForeignFolder(t *testing.T) {
	for _, files := range []map[string]string{{}, {"package.json": "{}", "notes.txt": "mine"}, {".creds.json": "{}"}} {
		dir, repo := folder(t, files), newRepo(t)
		require.ErrorIs(t, baileys.CheckFolder(dir), baileys.ErrNoFolder)
		_, err := baileys.Import(context.Background(), repo, dir, nil)
		require.ErrorIs(t, err, baileys.ErrNoFolder)
		require.Empty(t, records(t, repo))
	}
	require.NoError(t, baileys.CheckFolder(realFolder))
	require.ErrorIs(t, baileys.CheckFolder(filepath.Join(t.TempDir(), "nowhere")), os.ErrNotExist)
}

func TestHalfAFolderIsNotExported(t *testing.T) {
	repo := interruptedRepo(t, manyFiles(t))
	dir := filepath.Join(t.TempDir(), "out")
	_, err := baileys.Export(context.Background(), repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrInterrupted)
	assert.Empty(t, contents(t, dir))
}

// What somebody else has written since is not overwritten: another value, or
// another record.
func TestInterruptedImportSparesOthersRecords(t *testing.T) {
	ctx, dir := context.Background(), manyFiles(t)
	for id, value := range map[string]string{"100000000000123": `["0","3","9"]`, "mine": `["0"]`} {
		repo := interruptedRepo(t, dir)
		devices := strings.Split(strings.Trim(value, `[]"`), `","`)
		require.NoError(t, repo.DeviceLists().Put(ctx, signalkeys.DeviceListID(id), devices))
		_, err := baileys.Import(ctx, repo, dir, nil)
		require.ErrorIs(t, err, baileys.ErrNotEmpty)
		got, ok, err := repo.DeviceLists().Get(ctx, signalkeys.DeviceListID(id))
		require.NoError(t, err)
		require.True(t, ok)
		assert.Equal(t, devices, got)
	}
}

// A file that has gone since the interruption, such as a consumed pre-key, must
// not come back.
func TestInterruptedImportOfAChangedFolder(t *testing.T) {
	ctx, dir := context.Background(), manyFiles(t)
	repo := interruptedRepo(t, dir)
	first := firstRecord(t, repo)
	require.NoError(t, os.Remove(filepath.Join(dir, first)))
	_, err := baileys.Import(ctx, repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrNotEmpty)
}

// firstRecord is the file of a record that was imported.
func firstRecord(t *testing.T, repo *signalkeys.Repo) string {
	t.Helper()
	for e, err := range repo.DeviceLists().All(context.Background()) {
		require.NoError(t, err)
		return "device-list-" + e.ID.String() + ".json"
	}
	t.Fatal("no record was imported")
	return ""
}
