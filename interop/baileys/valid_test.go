package baileys_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// hostile draws texts that ids and strings can be, but file names and JSON not
// always.
func hostile(r *rand.Rand) string {
	texts := []string{
		"1", "12025550123", "100000000000188_1", "g@g.us", "a/b", "a:b", "a__b", "a-b", "a--b", "::", "--", "A", "a", "memory-g", "é", "e\u0301",
		"\xff", "\xed\xa0\x80", "x\x00y", "..", "../x", "\\", "a b", "\n", "*?<>|", "con", "_reverse", "1_reverse", "key-x", "version-x", ".", "",
		strings.Repeat("l", 100), strings.Repeat("l", 300), strings.Repeat("/", 120), "\u2028", `"`, "AAAAA/+/", "~$", " ",
	}
	if r.IntN(3) == 0 {
		return texts[r.IntN(len(texts))] + texts[r.IntN(len(texts))]
	}
	return texts[r.IntN(len(texts))]
}

// sized draws bytes, now and then of the right size.
func sized(r *rand.Rand, right ...int) []byte {
	n := right[r.IntN(len(right))]
	if r.IntN(3) == 0 {
		n = []int{0, 1, 31, 32, 33, 34, 41, 127, 129}[r.IntN(9)]
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func jsonText(r *rand.Rand) []byte {
	texts := []string{
		`{}`, `{"a":1}`, `[]`, `[{"k":1}]`, ``, ` `, `{"a":`, `{"a":"` + "\xff" + `"}`, "\x0a\x05hello", `"x"`, `null`, ` {} `, `{}{}`, "\x00",
		strings.Repeat(`{"a":`, 600) + "1" + strings.Repeat("}", 600),
	}
	return []byte(texts[r.IntN(len(texts))])
}

func drawn[T any](r *rand.Rand, v T) *T {
	if r.IntN(3) == 0 {
		return nil
	}
	return &v
}

func number(r *rand.Rand) int64 {
	return []int64{0, 1, -1, 1 << 53, 1<<53 - 1, -1 << 53, 1<<63 - 1, -1 << 63, 1_700_000_000}[r.IntN(9)]
}

// typedRecord puts one record through the types, which may refuse it.
func typedRecord(r *rand.Rand, repo *signalkeys.Repo) error {
	ctx, device := context.Background(), uint32(r.IntN(3))
	switch r.IntN(10) {
	case 0:
		return repo.Sessions().Put(ctx, signalkeys.SessionID{Name: hostile(r), Device: device}, family.NewSecret(jsonText(r)))
	case 1:
		return repo.PreKeys().Put(ctx, signalkeys.PreKeyID(r.Uint32N(3)), signalkeys.KeyPair{Public: [32]byte{1}})
	case 2:
		return repo.SenderKeys().Put(ctx, signalkeys.SenderKeyID{Group: hostile(r), Name: hostile(r), Device: device}, family.NewSecret(jsonText(r)))
	case 3:
		return repo.SenderKeyMemory().Put(ctx, signalkeys.SenderKeyMemoryID(hostile(r)), map[string]bool{hostile(r): true, hostile(r): false})
	case 4:
		v := signalkeys.AppStateSyncKey{Timestamp: drawn(r, number(r)), KeyData: drawn(r, signalkeys.NewSecret32([32]byte{2}))}
		v.Fingerprint = drawn(r, signalkeys.AppStateSyncKeyFingerprint{RawID: drawn(r, r.Uint32()), DeviceIndexes: []uint32{0, r.Uint32()}})
		return repo.AppStateSyncKeys().Put(ctx, signalkeys.AppStateSyncKeyID(hostile(r)), v)
	case 5:
		return repo.AppStateSyncVersions().Put(ctx, signalkeys.AppStateSyncVersionID(hostile(r)), signalkeys.AppStateSyncVersion{
			Version: uint64(number(r)), IndexValueMap: map[string]signalkeys.AppStateSyncValue{hostile(r): {}},
		})
	case 6:
		return repo.LIDMappings().Put(ctx, signalkeys.LIDMappingID(hostile(r)), hostile(r))
	case 7:
		return repo.DeviceLists().Put(ctx, signalkeys.DeviceListID(hostile(r)), []string{"0", hostile(r)})
	case 8:
		return repo.TCTokens().Put(ctx, signalkeys.TCTokenID(hostile(r)), signalkeys.TCToken{
			Token: family.NewSecret(sized(r, 5)), Timestamp: drawn(r, hostile(r)), SenderTimestamp: drawn(r, number(r)),
		})
	default:
		return repo.IdentityKeys().Put(ctx, signalkeys.IdentityKeyID{Name: hostile(r), Device: device}, sized(r, 32, 33))
	}
}

// rawRecord puts bytes past the types, sometimes those of another record with
// something behind them: fields of a newer schema, or damage.
func rawRecord(r *rand.Rand, repo *signalkeys.Repo) error {
	families := []string{
		"session", "pre-key", "sender-key", "sender-key-memory", "app-state-sync-key", "app-state-sync-version", "lid-mapping", "device-list",
		"tctoken", "identity-key", "baileys-file", "elsewhere",
	}
	name, id, value := families[r.IntN(len(families))], hostile(r)+[]string{"", ".0", "::1::0"}[r.IntN(3)], sized(r, 5)
	if name == "baileys-file" {
		id = []string{
			"creds.json", "poll-1.json", "notes", "x.tmp", ".x", "session-1.0.json", "device-list-1.json", "pre-key-1.json",
			strings.Repeat("n", 300) + ".json", "../x.json", hostile(r) + ".json",
		}[r.IntN(11)]
	}
	if r.IntN(2) == 0 {
		value = jsonText(r)
	}
	if r.IntN(2) == 0 {
		//famvet:ignore scanerr the test is about something else than the error
		for e, err := range repo.Store().Scan(context.Background(), name, "") {
			if err == nil {
				id, value = e.ID, append(append([]byte{}, e.Value...), "\xf2\x3f\x01x"...) // field 1022, one byte
			}
			break
		}
	}
	err := repo.Store().Set(context.Background(), new(store.DataSet).Put(name, id, value))
	return err
}

// What Export writes, Import reads, to an equal namespace; and what Export
// refuses, Check names. Whatever is stored.
func TestExportIsImportable(t *testing.T) {
	seed, rounds := rand.Uint64(), 300
	if os.Getenv("KEYFAM_SOAK") != "" {
		rounds = 20000
	}
	t.Logf("seed %d", seed)
	r, refused := rand.New(rand.NewPCG(seed, 0)), 0
	for round := range rounds {
		repo := newRepo(t)
		for range 1 + r.IntN(3) {
			put := typedRecord
			if r.IntN(3) == 0 {
				put = rawRecord
			}
			if err := put(r, repo); err != nil && !errors.Is(err, store.ErrTooLarge) {
				require.ErrorIs(t, err, store.ErrInvalid)
			}
		}
		refused += exportedOrRefused(t, repo, fmt.Sprint("round ", round))
	}
	t.Logf("%d stores, %d refused", rounds, refused)
	require.Greater(t, refused, rounds/10)
	require.Less(t, refused, rounds*9/10)
}

// exportedOrRefused exports a namespace and imports the folder. It returns 1 if
// the export was refused.
func exportedOrRefused(t *testing.T, repo *signalkeys.Repo, round string) int {
	t.Helper()
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "out")
	report, err := baileys.Export(ctx, repo, dir, nil)
	checked, checkErr := baileys.Check(ctx, repo, nil)
	require.NoError(t, checkErr, round)
	foreign := 0
	for _, n := range checked.Foreign {
		foreign += n
	}
	require.Equal(t, len(report.Bad), len(checked.Bad)+foreign, round)
	if err != nil {
		require.ErrorIs(t, err, baileys.ErrBad, round)
		require.Empty(t, contents(t, dir), round)
		return 1
	}
	if len(contents(t, dir)) == 0 {
		return 0
	}
	again := newRepo(t)
	imported, err := baileys.Import(ctx, again, dir, nil)
	if err != nil {
		require.ErrorIs(t, err, baileys.ErrNoFolder, "%s: %v", round, imported.Bad)
		require.Empty(t, report.Records, round)
		return 0
	}
	require.Equal(t, contents(t, dir), exported(t, again), round)
	require.Equal(t, ownRecords(t, repo), ownRecords(t, again), round)
	return 0
}

// ownRecords are those of families that Baileys has.
func ownRecords(t *testing.T, repo *signalkeys.Repo) map[string]string {
	own := map[string]string{}
	for name, value := range records(t, repo) {
		if !strings.HasPrefix(name, "baileys-file ") && !strings.HasPrefix(name, "elsewhere ") {
			own[name] = value
		}
	}
	return own
}

// Every size of every value that goes in through Put.
func TestIdentityKeysOfEverySize(t *testing.T) {
	ctx := context.Background()
	for size := range 70 {
		repo := newRepo(t)
		require.NoError(t, repo.IdentityKeys().Put(ctx, signalkeys.IdentityKeyID{Name: "1"}, make([]byte, size)))
		_, err := baileys.Export(ctx, repo, filepath.Join(t.TempDir(), "out"), nil)
		report, checkErr := baileys.Check(ctx, repo, nil)
		require.NoError(t, checkErr)
		if size == 32 || size == 33 {
			require.NoError(t, err)
			require.False(t, report.Findings())
			continue
		}
		require.ErrorIs(t, err, baileys.ErrBad, "%d bytes", size)
		require.True(t, report.Findings())
		require.Equal(t, "identity-key", report.Bad[0].Family)
		require.Equal(t, "1.0", report.Bad[0].ID)
	}
}

// A torn creds.json in the store would make Baileys start with a new identity.
func TestTornCredsAreNotExported(t *testing.T) {
	ctx := context.Background()
	for _, torn := range []string{"", " ", `{"me":`, `[]`, `{}x`, "\xff"} {
		repo := newRepo(t)
		damage(t, repo, "baileys-file", "creds.json", torn)
		dir := filepath.Join(t.TempDir(), "out")
		report, err := baileys.Export(ctx, repo, dir, nil)
		require.ErrorIs(t, err, baileys.ErrBad)
		require.Equal(t, "creds.json", report.Bad[0].File)
		require.False(t, report.Creds)
		require.Empty(t, contents(t, dir))
		checked, err := baileys.Check(ctx, repo, nil)
		require.NoError(t, err)
		require.Len(t, checked.Bad, 1)
	}
}

// Records of other libraries are wrong in a folder only, damaged ones everywhere.
func TestCheckTellsForeignFromDamaged(t *testing.T) {
	ctx := context.Background()
	repo := newRepo(t)
	damage(t, repo, "session", "1.0", "\x0a\x05hello")
	damage(t, repo, "sender-key", "g::1::0", "\x0a\x05hello")
	report, err := baileys.Check(ctx, repo, nil)
	require.NoError(t, err)
	assert.False(t, report.Findings())
	assert.Equal(t, map[string]int{"session": 1, "sender-key": 1}, report.Foreign)
	damage(t, repo, "session", "2.0", `{"a":`)
	damage(t, repo, "session", "3.0", ``)
	damage(t, repo, "sender-key", "g::2::0", `[{"a":`)
	report, err = baileys.Check(ctx, repo, nil)
	require.NoError(t, err)
	assert.Len(t, report.Bad, 3)
	assert.True(t, report.Findings())
}
