package baileys_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// damage writes a record below the types.
func damage(t testing.TB, repo *signalkeys.Repo, family, id, value string) {
	t.Helper()
	var ds store.DataSet
	require.NoError(t, repo.Store().Set(context.Background(), ds.Put(family, id, []byte(value))))
}

// planted is a secret that must not turn up in an error.
const planted = "PLANTED"

// badFiles are files that cannot be imported, and why.
var badFiles = []struct {
	file, content string
	kind          error
	says          string
}{
	{"creds.json", "", baileys.ErrTorn, "torn: the file is empty (Baileys answers such a file with a new identity)"},
	{"session-1.0.json", "", baileys.ErrTorn, "torn: the file is empty"},
	{"session-2.0.json", `{"a":"` + planted, baileys.ErrTorn, "torn at byte 13: the string does not end"},
	{"session-3.0.json", `["` + planted + `"]`, baileys.ErrForm, "not of the family's form at byte 0: expected an object"},
	{"session-4.0.json", `{"a":1}{`, baileys.ErrTorn, "torn at byte 7: bytes behind the value"},
	{"session-5.0.json", "{\"a\":\"\xff\"}", baileys.ErrTorn, "torn: not UTF-8"},
	{"session-6.0.json", "\x00\x00\x00\x00", baileys.ErrTorn, "torn at byte 0: expected a value"},
	{"session-7.0.json", " \n", baileys.ErrTorn, "torn: the file is empty"},
	{"session-8.0.json", strings.Repeat(`{"a":`, 600) + "1" + strings.Repeat("}", 600), baileys.ErrTorn, "torn at byte 2501: nested too deeply"},
	{"session-9.0.json", `null`, baileys.ErrForm, "not of the family's form at byte 0: expected an object"},
	{"session-nodevice.json", `{}`, baileys.ErrName, `not a file name of the family: invalid argument: the text of the id has no`},
	{"pre-key-007.json", pair, baileys.ErrName, "has a leading zero"},
	{"pre-key-8.json", `{"private":` + buffer(secret) + `}`, baileys.ErrForm, "half of the key pair is missing"},
	{"pre-key-9.json", strings.Replace(pair, `{`, `{"`+planted+`":1,`, 1), baileys.ErrForm, "at byte 11: a name that key pairs do not have"},
	{"pre-key-10.json", strings.Replace(pair, base64Of(secret), base64Of([]byte(planted)), 1), baileys.ErrForm, "at byte 11: 7 bytes instead of 32"},
	{"pre-key-11.json", strings.Replace(pair, base64Of(secret), "!"+planted, 1), baileys.ErrForm, "malformed base64"},
	{"sender-key-1@g.us--1--0.json", buffer([]byte(`{"` + planted)), baileys.ErrTorn, "at byte 0: the record inside is not JSON"},
	{"sender-key-memory-1@g.us.json", `{"1@lid":"` + planted + `"}`, baileys.ErrForm, "at byte 9: expected true or false"},
	{"app-state-sync-key-A.json", `{"timestamp":"` + planted + `"}`, baileys.ErrForm, "at byte 13: expected a whole number"},
	{"app-state-sync-key-B.json", `{"timestamp":1e999}`, baileys.ErrForm, "at byte 13: expected a whole number"},
	{"app-state-sync-key-C.json", `{"fingerprint":{"rawId":4294967296}}`, baileys.ErrForm, "at byte 24: number out of range"},
	{"app-state-sync-version-a.json", strings.Replace(version(), `7`, `9007199254740992`, 1), baileys.ErrForm, "at byte 11: number beyond what JavaScript holds"},
	{"app-state-sync-version-b.json", `{"version":7}`, baileys.ErrForm, "at byte 0: no hash"},
	{"app-state-sync-version-c.json", strings.Replace(version(1), `valueMac`, `valueMoc`, 1), baileys.ErrForm, "no valueMac"},
	{"device-list-1.json", `["0",7]`, baileys.ErrForm, "at byte 5: expected a string"},
	{"device-list-2.json", `{}`, baileys.ErrForm, "at byte 0: expected an array"},
	{"lid-mapping-1.json", `"\u12"`, baileys.ErrTorn, "at byte 1: malformed escape"},
	{"lid-mapping-2.json", "\"\n\"", baileys.ErrTorn, "at byte 1: control character in a string"},
	{"lid-mapping-.json", `"1"`, baileys.ErrName, "not a file name"},
	{"tctoken-1@lid.json", `{"token":[1,2]}`, baileys.ErrForm, "at byte 9: expected bytes"},
	{"tctoken-2@lid.json", `{"token":{"type":"Buffer","data":[256]}}`, baileys.ErrForm, "number out of range"},
	{"tctoken-3@lid.json", `{"token":{"0":1,"2":3}}`, baileys.ErrForm, "at byte 9: expected bytes"},
	{"tctoken-4@lid.json", `{"token":{"type":"Buffer"}}`, baileys.ErrForm, "expected bytes"},
	{"identity-key-1.0.json", buffer(sequence(0, 31)), baileys.ErrForm, "31 bytes instead of 33 or 32"},
	{"identity-key-2.00.json", buffer(sequence(0, 33)), baileys.ErrName, "leading zero"},
	{"tctoken-a:b@lid.json", token(""), baileys.ErrName, "Baileys keeps that record in tctoken-a-b@lid.json"},
	{"sender-key-2@g.us--1--0.json", buffer([]byte("[]")), baileys.ErrCollision, "two files for one record, which Baileys keeps in sender-key-2@g.us--1--0.json"},
	{"sender-key-2@g.us::1::0.json", buffer([]byte("[]")), baileys.ErrCollision, "two files for one record"},
}

func TestBadFilesAreListedAndNothingIsWritten(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	files := map[string]string{"device-list-9.json": `["0"]`, "poll-1.json": planted, "poll:1.json": "", "notes.txt": planted}
	for _, b := range badFiles {
		files[b.file] = b.content
	}
	dir := folder(t, files)
	report, err := baileys.Import(ctx, repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrBad)
	assert.True(t, report.Findings())
	assert.Equal(t, []string{"notes.txt", "poll-1.json", "poll:1.json"}, report.Unknown)
	errs := map[string]error{}
	for _, e := range report.Bad {
		errs[e.File] = e
		assert.NotContains(t, e.Error(), planted)
	}
	for _, b := range badFiles {
		if assert.ErrorIs(t, errs[b.file], b.kind, b.file) {
			assert.Contains(t, errs[b.file].Error(), b.file+": ")
			assert.Contains(t, errs[b.file].Error(), b.says, b.file)
		}
	}
	assert.Len(t, report.Bad, len(badFiles))
	names, err := repo.Store().Families(ctx)
	require.NoError(t, err)
	assert.Empty(t, names)

	// The rest, if asked for; same report, same error.
	again, err := baileys.Import(ctx, repo, dir, &baileys.ImportOptions{KeepGoing: true})
	require.ErrorIs(t, err, baileys.ErrBad)
	assert.True(t, again.Imported)
	again.Imported = report.Imported
	assert.Equal(t, report, again)
	assert.Equal(t, map[string]string{
		"device-list-9.json": `["0"]`, "poll-1.json": planted, "poll:1.json": "", "notes.txt": planted,
	}, exported(t, repo))
}

func TestSkippedFiles(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	dir := folder(t, map[string]string{
		".hidden": "x", "session-1.0.json.tmp": "x", "creds.json.bak": "x", ".importing": "x", "device-list-1.json": `[]`,
	})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "media"), 0o700))
	require.NoError(t, os.Symlink(filepath.Join(dir, "device-list-1.json"), filepath.Join(dir, "latest")))
	report, err := baileys.Import(ctx, repo, dir, nil)
	require.NoError(t, err)
	assert.False(t, report.Findings())
	assert.False(t, report.Creds)
	assert.Equal(t, []string{".hidden", ".importing", "creds.json.bak", "latest", "media", "session-1.0.json.tmp"}, report.Skipped)
	assert.Equal(t, map[string]string{"device-list-1.json": `[]`}, exported(t, repo))
}

func TestMissingFolder(t *testing.T) {
	_, err := baileys.Import(context.Background(), newRepo(t), filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// What the store would refuse is found before anything is written, and told of
// the right file.
func TestTooLargeForTheStore(t *testing.T) {
	ctx := context.Background()
	st, err := memstore.Open(ctx, &store.Options{MaxValueBytes: 5000})
	require.NoError(t, err)
	defer st.Close()
	repo, err := signalkeys.Open(ctx, st)
	require.NoError(t, err)
	files := map[string]string{
		"session-1.0.json":   `{"a":"` + strings.Repeat("x", 5000) + `"}`,
		"device-list-1.json": `[ ` + strings.Repeat(" ", 5000) + ` ]`, // small, but the kept file is not
	}
	for i := range 50 {
		files[fmt.Sprintf("device-list-9%d.json", i)] = `[]`
	}
	dir := folder(t, files)
	report, err := baileys.Import(ctx, repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrBad)
	require.Len(t, report.Bad, 2)
	for i, name := range []string{"device-list-1.json", "session-1.0.json"} {
		assert.Equal(t, name, report.Bad[i].File)
		assert.ErrorIs(t, report.Bad[i], store.ErrTooLarge)
	}
	report, err = baileys.Import(ctx, repo, dir, &baileys.ImportOptions{KeepGoing: true})
	require.ErrorIs(t, err, baileys.ErrBad)
	assert.Equal(t, map[string]int{"device-list": 50}, report.Records)
	assert.Len(t, exported(t, repo), 50)
}

func TestNonEmptyNamespace(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	require.NoError(t, repo.DeviceLists().Put(ctx, "1", []string{"5"}))
	require.NoError(t, repo.DeviceLists().Put(ctx, "mine", []string{"5"}))
	_, err := baileys.Import(ctx, repo, realFolder, nil)
	require.ErrorIs(t, err, baileys.ErrNotEmpty)
	n, err := repo.PreKeys().Count(ctx)
	require.NoError(t, err)
	assert.Zero(t, n)

	_, err = baileys.Import(ctx, repo, realFolder, &baileys.ImportOptions{Merge: true})
	require.NoError(t, err)
	want := contents(t, realFolder)
	want["device-list-1.json"], want["device-list-mine.json"] = `["5"]`, `["5"]`
	assert.Equal(t, want, exported(t, repo))
}

// A merge must not bring back the spelling that an earlier import kept.
func TestMergeForgetsKeptFiles(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	for _, content := range []string{`[ "0" ]`, `["0"]`, `["0" ]`} {
		dir := folder(t, map[string]string{"device-list-1.json": content})
		_, err := baileys.Import(ctx, repo, dir, &baileys.ImportOptions{Merge: true})
		require.NoError(t, err)
		assert.Equal(t, contents(t, dir), exported(t, repo))
	}
}

func TestExportRefusesRecordsWithoutFile(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	address := func(name string) signalkeys.SessionID { return signalkeys.SessionID{Name: name} }
	json := family.NewSecret([]byte(`{}`))
	var b signalkeys.Batch
	b.DeviceLists().Put("good", nil)
	b.Sessions().Put(address("protobuf"), family.NewSecret([]byte("\x0a\x01"+planted)))
	b.Sessions().Put(address("array"), family.NewSecret([]byte(`[]`)))
	b.SenderKeys().Put(signalkeys.SenderKeyID{Group: "g", Name: "protobuf"}, family.NewSecret([]byte("\x0a\x01"+planted)))
	b.SenderKeys().Put(signalkeys.SenderKeyID{Group: "memory-g", Name: "n"}, json)
	b.Sessions().Put(address("a/b"), json)
	b.Sessions().Put(address("a:b"), json)
	b.Sessions().Put(address("nul\x00"), json)
	b.Sessions().Put(address(strings.Repeat("l", 300)), json)
	b.AppStateSyncVersions().Put("big", signalkeys.AppStateSyncVersion{Version: 1 << 60})
	b.TCTokens().Put("big", signalkeys.TCToken{SenderTimestamp: new(int64(1 << 60))})
	require.NoError(t, repo.Apply(ctx, &b))
	damage(t, repo, "tctoken", "damaged", "\xff"+planted)
	damage(t, repo, "session", "damaged-id", `{}`)
	damage(t, repo, "lid-mapping", "latin1", "\xe9"+planted)

	dir := filepath.Join(t.TempDir(), "out")
	report, err := baileys.Export(ctx, repo, dir, nil)
	require.ErrorIs(t, err, baileys.ErrBad)
	assert.Empty(t, contents(t, dir))
	want := map[string]error{ // by the file that would hold the record, if that is known
		"":                                 store.ErrCorrupt,
		"session-protobuf.0.json":          baileys.ErrForm,
		"session-array.0.json":             baileys.ErrForm,
		"sender-key-g--protobuf--0.json":   baileys.ErrForm,
		"sender-key-memory-g--n--0.json":   baileys.ErrName,
		"session-a__b.0.json":              baileys.ErrName,
		"session-a-b.0.json":               baileys.ErrName,
		"session-nul\x00.0.json":           baileys.ErrName,
		"app-state-sync-version-big.json":  baileys.ErrForm,
		"tctoken-big.json":                 baileys.ErrForm,
		"tctoken-damaged.json":             store.ErrCorrupt,
		"lid-mapping-latin1.json":          baileys.ErrForm,
		fileName(strings.Repeat("l", 300)): baileys.ErrName,
	}
	for _, e := range report.Bad {
		assert.ErrorIs(t, e, want[e.File], "%q", e.File)
		assert.NotContains(t, e.Error(), planted)
	}
	assert.Len(t, report.Bad, len(want))

	report, err = baileys.Export(ctx, repo, dir, &baileys.ExportOptions{KeepGoing: true})
	require.ErrorIs(t, err, baileys.ErrBad)
	assert.Len(t, report.Bad, len(want))
	assert.Equal(t, map[string]string{"device-list-good.json": `[]`}, contents(t, dir))
}

func fileName(session string) string { return "session-" + session + ".0.json" }

func TestExportRefusesNonEmptyFolder(t *testing.T) {
	dir := folder(t, map[string]string{".hidden": ""})
	_, err := baileys.Export(context.Background(), newRepo(t), dir, nil)
	require.ErrorIs(t, err, baileys.ErrNotEmpty)
	assert.Equal(t, map[string]string{".hidden": ""}, contents(t, dir))
}

func TestExportIsPrivate(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	_, err := baileys.Import(ctx, repo, realFolder, nil)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "a", "b")
	_, err = baileys.Export(ctx, repo, dir, nil)
	require.NoError(t, err)
	for _, d := range []string{filepath.Dir(dir), dir} {
		info, err := os.Stat(d)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
	}
}

// Families that Baileys does not have are not dropped silently.
func TestExportNamesWhatItLeavesOut(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	damage(t, repo, "my-own", "1", "x")
	report, err := baileys.Export(ctx, repo, filepath.Join(t.TempDir(), "out"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"my-own"}, report.LeftOut)
}

// Each of the ten families has a form; the schema may have more.
func TestEveryFamilyIsImported(t *testing.T) {
	report, err := baileys.Import(context.Background(), newRepo(t), realFolder, nil)
	require.NoError(t, err)
	assert.Len(t, report.Records, 10)
	for name, n := range report.Records {
		assert.NotZero(t, n, name)
		assert.Contains(t, signalkeys.Schema, "\nfamily "+name+" ")
	}
}

func TestProgress(t *testing.T) {
	ctx, repo := context.Background(), newRepo(t)
	last := map[string]baileys.Progress{}
	progress := func(p baileys.Progress) {
		assert.GreaterOrEqual(t, p.Done, last[p.Phase].Done)
		last[p.Phase] = p
	}
	_, err := baileys.Import(ctx, repo, realFolder, &baileys.ImportOptions{Progress: progress})
	require.NoError(t, err)
	n := len(contents(t, realFolder))
	assert.Equal(t, map[string]baileys.Progress{
		"reading": {Phase: "reading", Done: n, Total: n}, "writing": {Phase: "writing", Done: n, Total: n},
	}, last)
	clear(last)
	_, err = baileys.Export(ctx, repo, filepath.Join(t.TempDir(), "out"), &baileys.ExportOptions{Progress: progress})
	require.NoError(t, err)
	assert.Equal(t, map[string]baileys.Progress{"writing": {Phase: "writing", Done: n, Total: n}}, last)
}

func TestCancelledExportHasNoCreds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	repo := newRepo(t)
	_, err := baileys.Import(ctx, repo, realFolder, nil)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "out")
	_, err = baileys.Export(ctx, repo, dir, &baileys.ExportOptions{Progress: func(p baileys.Progress) {
		if p.Done == 10 {
			cancel()
		}
	}})
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	assert.NotContains(t, contents(t, dir), "creds.json")
}

// smallDriver is a backend that takes little in one commit.
type smallDriver struct{ *memstore.Driver }

func (d smallDriver) Info() driver.Info {
	info := d.Driver.Info()
	info.Limits.CommitRecords, info.Limits.CommitBytes = 10, 20_000
	return info
}

// An import suits its commits to the backend.
func TestBackendWithSmallCommits(t *testing.T) {
	ctx := context.Background()
	st, err := store.New(ctx, smallDriver{memstore.NewDriver()}, nil)
	require.NoError(t, err)
	defer st.Close()
	repo, err := signalkeys.Open(ctx, st)
	require.NoError(t, err)
	_, err = baileys.Import(ctx, repo, realFolder, nil)
	require.NoError(t, err)
	require.Equal(t, contents(t, realFolder), exported(t, repo))
}
