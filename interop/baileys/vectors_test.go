package baileys_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// sequence is n bytes that are all different.
func sequence(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(from + i)
	}
	return b
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func buffer(b []byte) string { return `{"type":"Buffer","data":"` + base64Of(b) + `"}` }

// numbers is bytes as an array of numbers.
func numbers(b []byte) string { return strings.ReplaceAll(fmt.Sprint(b), " ", ",") }

// numbered is bytes as an object from index to number.
func numbered(b []byte) string {
	fields := make([]string, len(b))
	for i, c := range b {
		fields[i] = fmt.Sprintf(`"%d":%d`, i, c)
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func urlSafe(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// fate is what becomes of a file.
type fate int

const (
	canonical fate = iota // it is what export writes anyway
	kept                  // its bytes are kept and exported
	rewritten             // it is exported in today's form
)

// vector is a file whose content some version of Baileys wrote, or might have.
// Vectors are only ever added.
type vector struct {
	name    string
	file    string
	content string
	fate    fate
	today   string // what is exported once the kept bytes are gone; empty: content
}

var (
	hash   = sequence(3, 128)
	secret = sequence(240, 32) // has + and / in base64
	mac    = func(i int) string { return `{"valueMac":` + buffer(sequence(i, 32)) + `}` }
	pair   = `{"private":` + buffer(secret) + `,"public":` + buffer(sequence(1, 32)) + `}`

	version = func(order ...int) string {
		entries := make([]string, len(order))
		for i, n := range order {
			entries[i] = fmt.Sprintf(`"%s":%s`, base64Of([]byte{byte(n)}), mac(n))
		}
		return `{"version":7,"hash":` + buffer(hash) + `,"indexValueMap":{` + strings.Join(entries, ",") + `}}`
	}
	syncKey = `{"keyData":"` + base64Of(secret) + `","fingerprint":{"rawId":4294967295,"currentIndex":1,"deviceIndexes":[0,2]},"timestamp":"1700000000001"}`
	token   = func(rest string) string { return `{"token":` + buffer([]byte("tc")) + rest + `}` }
	states  = `[{"senderKeyId":1,"senderChainKey":{"iteration":0,"seed":{"type":"Buffer","data":"AQI="}}}]`
)

var vectors = []vector{
	{"a session as it stands", "session-1.0.json", `{"_sessions":{"z":{"b":1,"a":[null,1.5e3,"\ud83d\ude00"]}},"version":"v1"}`, canonical, ""},
	{"a session laid out by hand", "session-1_1.7.json", "{\n  \"_sessions\": {}\n}\n", canonical, ""},
	{"a session of a hosted LID", "session-1_129.99.json", `{}`, canonical, ""},

	{"a pre-key", "pre-key-1.json", pair, canonical, ""},
	{"a pre-key, public first", "pre-key-2.json", `{"public":` + buffer(sequence(1, 32)) + `,"private":` + buffer(secret) + `}`, rewritten, pair},
	{"a pre-key of arrays", "pre-key-3.json", `{"private":{"type":"Buffer","data":` + numbers(secret) + `},"public":{"data":` + numbers(sequence(1, 32)) + `,"type":"Buffer"}}`, rewritten, pair},
	{"a pre-key of numbered bytes", "pre-key-4.json", `{"private":` + numbered(secret) + `,"public":` + numbered(sequence(1, 32)) + `}`, rewritten, pair},
	{"a pre-key of bare base64", "pre-key-5.json", `{"private":"` + base64Of(secret) + `","public":"` + base64Of(sequence(1, 32)) + `"}`, rewritten, pair},
	{"a pre-key of URL-safe base64", "pre-key-16777215.json", `{"private":"` + urlSafe(secret) + `","public":{"type":"Buffer","data":"` + urlSafe(sequence(1, 32)) + `"}}`, rewritten, pair},

	{"a sender key", "sender-key-12036@g.us--1_1--7.json", buffer([]byte(states)), canonical, ""},
	{"a sender key with no states", "sender-key-12036@g.us--1_1--8.json", buffer([]byte("[]")), canonical, ""},
	{"an empty sender key", "sender-key-12036@g.us--1_1--9.json", buffer(nil), canonical, ""},
	{"a sender key as a bare array", "sender-key-12036@g.us--1_1--10.json", states, rewritten, buffer([]byte(states))},
	{"a sender key of numbers", "sender-key-12036@g.us--1_1--11.json", `{"type":"Buffer","data":` + numbers([]byte(states)) + `}`, rewritten, buffer([]byte(states))},
	{"a sender key of an old group", "sender-key-4915-1500000000@g.us--1--0.json", buffer([]byte("[]")), canonical, ""},

	{"sender key memory", "sender-key-memory-12036@g.us.json", `{"1:3@lid":true,"1@lid":false}`, canonical, ""},
	{"sender key memory as it grew", "sender-key-memory-12037@g.us.json", `{"1@lid":true,"1:3@lid":false}`, kept, `{"1:3@lid":false,"1@lid":true}`},
	{"sender key memory of nobody", "sender-key-memory-12038@g.us.json", `{}`, canonical, ""},

	{"a sync key", "app-state-sync-key-AAAAA__+__.json", syncKey, canonical, ""},
	{"a sync key of Buffers", "app-state-sync-key-AAAAAA.json", `{"keyData":` + buffer(secret) + `,"fingerprint":{"rawId":4294967295,"currentIndex":1,"deviceIndexes":[0,2]},"timestamp":1700000000001}`, kept, syncKey},
	{"a sync key with a Long", "app-state-sync-key-AAAAAB.json", `{"keyData":` + numbered(secret) + `,"fingerprint":{"rawId":4294967295,"currentIndex":1,"deviceIndexes":[0,2]},"timestamp":{"low":-807049215,"high":395,"unsigned":false}}`, kept, syncKey},
	{"a sync key with nothing", "app-state-sync-key-AAAAAC.json", `{}`, canonical, ""},
	{"a sync key with nulls", "app-state-sync-key-AAAAAD.json", `{"keyData":null,"fingerprint":null,"timestamp":null}`, kept, `{}`},
	{"a sync key with an empty fingerprint", "app-state-sync-key-AAAAAE.json", `{"fingerprint":{}}`, canonical, ""},
	{"a sync key before 1970", "app-state-sync-key-AAAAAF.json", `{"timestamp":"-9223372036854775808"}`, canonical, ""},
	{"a sync key with a new name", "app-state-sync-key-AAAAAG.json", `{"timestamp":"1","more":{"x":[1]}}`, kept, `{"timestamp":"1"}`},

	{"a sync version", "app-state-sync-version-regular.json", version(), canonical, ""},
	{"a sync version of three, sorted", "app-state-sync-version-regular_low.json", version(1, 5, 9), canonical, ""},
	{"a sync version of three, unsorted", "app-state-sync-version-regular_high.json", version(9, 1, 5), kept, version(1, 5, 9)},
	{"a sync version, hash last", "app-state-sync-version-critical_block.json", `{"version":0,"indexValueMap":{},"hash":` + buffer(hash) + `}`, kept, `{"version":0,"hash":` + buffer(hash) + `,"indexValueMap":{}}`},

	{"a LID", "lid-mapping-12025550100.json", `"1000"`, canonical, ""},
	{"a second number with that LID", "lid-mapping-12025550101.json", `"1000"`, canonical, ""},
	{"a LID back", "lid-mapping-1000_reverse.json", `"12025550101"`, canonical, ""},
	{"a stale row", "lid-mapping-1001_reverse.json", `"12025550100"`, canonical, ""},
	{"an empty LID", "lid-mapping-12025550102.json", `""`, canonical, ""},
	{"U+2028 and HTML", "lid-mapping-12025550103.json", "\"\u2028\u2029<&>\x7f\u00e9\"", canonical, ""},
	{"U+2028 escaped", "lid-mapping-12025550104.json", `"\u2028\/"`, kept, "\"\u2028/\""},
	{"every escape", "lid-mapping-12025550105.json", `"\"\\\b\f\n\r\t\u0000\u001f"`, canonical, ""},
	{"half a surrogate pair", "lid-mapping-12025550106.json", `"a\ud83dz"`, kept, "\"a\ufffdz\""},
	{"a string with a newline behind", "lid-mapping-12025550107.json", "\"1\"\n", kept, `"1"`},

	{"devices", "device-list-1.json", `["0","7"]`, canonical, ""},
	{"no devices", "device-list-2.json", `[]`, canonical, ""},
	{"devices with spaces", "device-list-3.json", `[ "0", "7" ]`, kept, `["0","7"]`},

	{"a token", "tctoken-1@lid.json", token(`,"timestamp":"1700000000","senderTimestamp":1700000001`), canonical, ""},
	{"a token, sender first", "tctoken-2@lid.json", token(`,"senderTimestamp":1700000001,"timestamp":"1700000000"`), kept, token(`,"timestamp":"1700000000","senderTimestamp":1700000001`)},
	{"a cleared token", "tctoken-3@lid.json", `{"token":{"type":"Buffer","data":""},"senderTimestamp":1700000001}`, canonical, ""},
	{"no token", "tctoken-4@lid.json", `{"senderTimestamp":1700000001}`, kept, `{"token":{"type":"Buffer","data":""},"senderTimestamp":1700000001}`},
	{"a token with a number", "tctoken-5@lid.json", token(`,"timestamp":1700000000`), kept, token(`,"timestamp":"1700000000"`)},
	{"the index", "tctoken-__index.json", `{"token":` + buffer([]byte(`["1@lid"]`)) + `}`, canonical, ""},

	{"an identity", "identity-key-1.0.json", buffer(sequence(5, 33)), canonical, ""},
	{"an identity without its type", "identity-key-1_1.0.json", buffer(sequence(5, 32)), canonical, ""},
	{"an identity of numbers", "identity-key-2.0.json", `{"type":"Buffer","data":` + numbers(sequence(5, 33)) + `}`, kept, buffer(sequence(5, 33))},
}

func vectorFolder(t testing.TB) string {
	files := map[string]string{"creds.json": `{"me":"` + "\u2028" + `"}`}
	for _, v := range vectors {
		files[v.file] = v.content
	}
	require.Len(t, files, len(vectors)+1, "two vectors share a file")
	return folder(t, files)
}

func TestVectorsComeBack(t *testing.T) {
	dir := vectorFolder(t)
	repo, report := imported(t, dir)
	assert.False(t, report.Findings())
	assert.Equal(t, filesOf(kept), report.Kept)
	assert.Equal(t, filesOf(rewritten), report.Rewritten)
	assert.Equal(t, []string{"lid-mapping-12025550106.json"}, report.Replaced)

	want := contents(t, dir)
	for _, v := range vectors {
		if v.fate == rewritten {
			want[v.file] = v.today
		}
	}
	got := exported(t, repo)
	for name := range want {
		assert.Equal(t, want[name], got[name], name)
	}
	assert.Len(t, got, len(want))

	// What was exported is as good as what was imported.
	again, report := imported(t, folder(t, got))
	assert.Empty(t, report.Rewritten)
	assert.Equal(t, got, exported(t, again))
}

func filesOf(f fate) (names []string) {
	for _, v := range vectors {
		if v.fate == f {
			names = append(names, v.file)
		}
	}
	slices.Sort(names)
	return names
}

// Without the kept bytes every record has today's form.
func TestVectorsInTodaysForm(t *testing.T) {
	repo, _ := imported(t, vectorFolder(t))
	forget(t, repo, filesOf(kept)...)
	got := exported(t, repo)
	for _, v := range vectors {
		want := v.today
		if want == "" {
			want = v.content
		}
		assert.Equal(t, want, got[v.file], v.name)
	}
}

func TestVectorsAsTypedRecords(t *testing.T) {
	ctx := context.Background()
	repo, _ := imported(t, vectorFolder(t))

	for n := range signalkeys.PreKeyID(6) {
		if n == 0 {
			n = 16777215
		}
		pair, ok, err := repo.PreKeys().Get(ctx, n)
		require.NoError(t, err)
		require.True(t, ok)
		assert.Equal(t, [32]byte(sequence(1, 32)), pair.Public)
		assert.True(t, pair.Private.Equal(signalkeys.NewSecret32([32]byte(secret))))
	}
	for _, id := range []signalkeys.AppStateSyncKeyID{"AAAAA/+/", "AAAAAA", "AAAAAB"} {
		key, ok, err := repo.AppStateSyncKeys().Get(ctx, id)
		require.NoError(t, err)
		require.True(t, ok)
		assert.Equal(t, [32]byte(secret), key.KeyData.Reveal())
		assert.Equal(t, int64(1700000000001), *key.Timestamp)
		assert.Equal(t, uint32(4294967295), *key.Fingerprint.RawID)
		assert.Equal(t, []uint32{0, 2}, key.Fingerprint.DeviceIndexes)
	}
	low, _, err := repo.AppStateSyncVersions().Get(ctx, "regular_low")
	require.NoError(t, err)
	high, _, err := repo.AppStateSyncVersions().Get(ctx, "regular_high")
	require.NoError(t, err)
	assert.Equal(t, low, high)
	assert.Len(t, high.IndexValueMap, 3)

	for _, id := range []signalkeys.TCTokenID{"1@lid", "2@lid"} {
		v, ok, err := repo.TCTokens().Get(ctx, id)
		require.NoError(t, err)
		require.True(t, ok)
		assert.Equal(t, "tc", string(v.Token.Reveal()))
		assert.Equal(t, "1700000000", *v.Timestamp)
		assert.Equal(t, int64(1700000001), *v.SenderTimestamp)
	}
	record, ok, err := repo.SenderKeys().Get(ctx, signalkeys.SenderKeyID{Group: "12036@g.us", Name: "1_1", Device: 9})
	require.NoError(t, err)
	assert.True(t, ok, "an empty record is a record")
	assert.Empty(t, record.Reveal())

	pn, ok, err := repo.LIDMappings().ByValue(ctx, "1000")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, signalkeys.LIDMappingID("12025550101"), pn)
	_, ok, err = repo.Store().Get(ctx, "lid-mapping", "1001_reverse")
	require.NoError(t, err)
	assert.True(t, ok, "a stale row is a row")
}

// difference is the files that two folders do not have in common.
func difference(a, b map[string]string) (names []string) {
	all := maps.Clone(a)
	maps.Copy(all, b)
	for name := range all {
		if av, aok := a[name]; b[name] != av || !aok || len(b[name]) == 0 && len(av) == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
