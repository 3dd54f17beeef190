package baileys_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store/family"
)

// forget deletes kept files.
func forget(t testing.TB, repo *signalkeys.Repo, names ...string) {
	t.Helper()
	files := baileysfile.New(repo.Store()).BaileysFiles()
	for _, name := range names {
		ok, err := files.Has(context.Background(), baileysfile.BaileysFileID(name))
		require.NoError(t, err)
		require.True(t, ok, "%s was not kept", name)
		require.NoError(t, files.Delete(context.Background(), baileysfile.BaileysFileID(name)))
	}
}

// Each change of one record changes its file and no other.
func TestChangedRecordChangesItsFileOnly(t *testing.T) {
	ctx := context.Background()
	changes := map[string]func(repo *signalkeys.Repo) error{
		"session-100000000000188_1.7.json": func(repo *signalkeys.Repo) error {
			return repo.Sessions().Put(ctx, signalkeys.SessionID{Name: "100000000000188_1", Device: 7}, family.NewSecret([]byte(`{}`)))
		},
		"pre-key-3.json": func(repo *signalkeys.Repo) error { return repo.PreKeys().Delete(ctx, 3) },
		"sender-key-memory-120363041234567890@g.us.json": func(repo *signalkeys.Repo) error {
			return repo.SenderKeyMemory().Update(ctx, "120363041234567890@g.us", func(v map[string]bool, _ bool) (map[string]bool, error) {
				v["1@lid"] = true
				return v, nil
			})
		},
		"app-state-sync-key-AAAAA__+__.json": func(repo *signalkeys.Repo) error {
			return repo.AppStateSyncKeys().Put(ctx, "AAAAA/+/", signalkeys.AppStateSyncKey{})
		},
		"app-state-sync-version-regular_high.json": func(repo *signalkeys.Repo) error {
			return repo.AppStateSyncVersions().Update(ctx, "regular_high", func(v signalkeys.AppStateSyncVersion, _ bool) (signalkeys.AppStateSyncVersion, error) {
				v.Version++
				return v, nil
			})
		},
		"device-list-12025550188.json": func(repo *signalkeys.Repo) error {
			return repo.DeviceLists().Put(ctx, "12025550188", []string{"0"})
		},
		"tctoken-100000000000144@lid.json": func(repo *signalkeys.Repo) error {
			return repo.TCTokens().Update(ctx, "100000000000144@lid", func(v signalkeys.TCToken, _ bool) (signalkeys.TCToken, error) {
				v.SenderTimestamp = nil
				return v, nil
			})
		},
		"identity-key-12025550155.0.json": func(repo *signalkeys.Repo) error {
			return repo.IdentityKeys().Put(ctx, signalkeys.IdentityKeyID{Name: "12025550155"}, make([]byte, 33))
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			repo := newRepo(t)
			_, err := baileys.Import(ctx, repo, realFolder, nil)
			require.NoError(t, err)
			require.NoError(t, change(repo))
			assert.Equal(t, []string{name}, difference(contents(t, realFolder), exported(t, repo)))
		})
	}
}

// A changed record whose file was kept is not exported with the old bytes.
func TestKeptBytesOfAnotherValueStayBehind(t *testing.T) {
	ctx, dir := context.Background(), vectorFolder(t)
	repo, _ := imported(t, dir)
	before := exported(t, repo)
	put := func(second string) {
		v := signalkeys.TCToken{Token: family.NewSecret([]byte("tc")), Timestamp: &second}
		require.NoError(t, repo.TCTokens().Put(ctx, "2@lid", v))
	}
	put("1")
	after := exported(t, repo)
	assert.Equal(t, []string{"tctoken-2@lid.json"}, difference(before, after))
	assert.Equal(t, token(`,"timestamp":"1"`), after["tctoken-2@lid.json"])
}

func TestNoTraceOfDeletedToken(t *testing.T) {
	ctx := context.Background()
	secret := strings.Repeat("deleted!", 3) // a multiple of 3 bytes: found in base64 whatever follows
	repo := newRepo(t)
	_, err := baileys.Import(ctx, repo, folder(t, map[string]string{
		// Kept, because of its order.
		"tctoken-1@lid.json": `{"timestamp":"1700000000","token":` + buffer([]byte(secret)) + `}`,
		"tctoken-2@lid.json": token(""),
	}), nil)
	require.NoError(t, err)
	require.Contains(t, exported(t, repo), "tctoken-1@lid.json")
	require.NoError(t, repo.TCTokens().Delete(ctx, "1@lid"))

	files := exported(t, repo)
	assert.Equal(t, map[string]string{"tctoken-2@lid.json": token("")}, files)
	for name, data := range files {
		assert.NotContains(t, name+data, base64.StdEncoding.EncodeToString([]byte(secret)))
		assert.NotContains(t, name+data, "1700000000")
	}

	report, err := baileys.Check(ctx, repo, &baileys.CheckOptions{Prune: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"tctoken-1@lid.json"}, report.Stale)
	for r, err := range repo.Store().Scan(ctx, "baileys-file", "") {
		require.NoError(t, err)
		t.Errorf("%s is still kept", r.ID)
	}
}

// Consumed keys do not survive in a copy, whatever form they came in.
func TestPreKeysAndSenderKeysAreNeverKept(t *testing.T) {
	ctx := context.Background()
	repo, _ := imported(t, vectorFolder(t))
	for r, err := range repo.Store().Scan(ctx, "baileys-file", "") {
		require.NoError(t, err)
		assert.False(t, strings.HasPrefix(r.ID, "pre-key-"), r.ID)
		assert.False(t, strings.HasPrefix(r.ID, "sender-key-") && !strings.HasPrefix(r.ID, "sender-key-memory-"), r.ID)
	}
	require.NoError(t, repo.PreKeys().Delete(ctx, 2))
	assert.NotContains(t, exported(t, repo), "pre-key-2.json")

	// Not even if somebody puts them there.
	files := baileysfile.New(repo.Store()).BaileysFiles()
	require.NoError(t, files.Put(ctx, "pre-key-2.json", family.NewSecret([]byte(pair))))
	require.NoError(t, files.Put(ctx, "../escape.json", family.NewSecret([]byte(pair))))
	got := exported(t, repo)
	assert.NotContains(t, got, "pre-key-2.json")
	assert.NotContains(t, got, "../escape.json")
	report, err := baileys.Check(ctx, repo, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"../escape.json", "pre-key-2.json"}, report.Stale)
}

func TestCheck(t *testing.T) {
	ctx := context.Background()
	repo, _ := imported(t, vectorFolder(t))
	report, err := baileys.Check(ctx, repo, nil)
	require.NoError(t, err)
	assert.Empty(t, report.Stale)
	ids := map[string]string{}
	for _, d := range report.Disagreeing {
		ids[d.ID] = d.Reason
	}
	assert.Equal(t, "its LID's row names another phone number", ids["12025550100"], "two numbers have one LID")
	assert.Equal(t, "the phone number that it names has another LID", ids["1001_reverse"], "stale")
	assert.Equal(t, "its LID has no row back", ids["12025550107"])
	assert.NotContains(t, ids, "12025550101")
	assert.NotContains(t, ids, "1000_reverse")
	assert.True(t, report.Findings())

	require.NoError(t, repo.DeviceLists().Put(ctx, "3", []string{"1"}))
	require.NoError(t, repo.DeviceLists().Put(ctx, "1", []string{"1"})) // was canonical: nothing kept
	report, err = baileys.Check(ctx, repo, &baileys.CheckOptions{Prune: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"device-list-3.json"}, report.Stale)
	assert.Equal(t, 1, report.Pruned)
	report, err = baileys.Check(ctx, repo, &baileys.CheckOptions{Prune: true})
	require.NoError(t, err)
	assert.Empty(t, report.Stale)
}

// A kept file may be all that is left of a record that is damaged.
func TestPruneLeavesFilesOfDamagedRecords(t *testing.T) {
	ctx := context.Background()
	repo, _ := imported(t, vectorFolder(t))
	damage(t, repo, "tctoken", "2@lid", "\xff")
	report, err := baileys.Check(ctx, repo, &baileys.CheckOptions{Prune: true})
	require.NoError(t, err)
	assert.Empty(t, report.Stale)
}
