package baileys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
)

var seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random tests")

// strict says that nothing may be skipped.
func strict() bool { return os.Getenv("KEYFAM_TEST_STRICT") == "1" }

// missing skips a test for want of something, or fails it.
func missing(t *testing.T, what string) {
	t.Helper()
	if strict() {
		t.Fatalf("%s is missing, and KEYFAM_TEST_STRICT=1", what)
	}
	t.Skipf("%s is missing: nothing was compared with Baileys itself", what)
}

// nodeFolder installs Baileys, the version that testdata/node pins.
func nodeFolder(t *testing.T) string {
	t.Helper()
	if testing.Short() && !strict() {
		t.Skip("installs a package: not with -short")
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool)
		}
	}
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/node")))
	// Install scripts are not run: they only serve media.
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	out, err := install.CombinedOutput()
	if err != nil {
		t.Logf("npm ci: %v\n%s", err, out)
		missing(t, "the package baileys")
	}
	return dir
}

// Strings are written as JSON.stringify writes them.
func TestQuotedLikeNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "node")
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	t.Logf("-seed=%d", *seed)
	var input bytes.Buffer
	var want [][]byte
	for range 5000 {
		units := randomUnits(random)
		for _, u := range units {
			fmt.Fprintf(&input, "%04x", u)
		}
		input.WriteByte('\n')
		quoted, err := baileys.AppendQuoted(nil, wtf8(units))
		require.NoError(t, err)
		want = append(want, quoted)
	}
	got := bytes.Split(bytes.TrimSuffix(node(t, "testdata/node", input.Bytes(), "quote.mjs"), []byte("\n")), []byte("\n"))
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, string(got[i]), string(want[i]))
	}
}

// randomUnits is UTF-16 with much of what is special.
func randomUnits(random *rand.Rand) []uint16 {
	units := make([]uint16, 1+random.IntN(8))
	for i := range units {
		switch random.IntN(4) {
		case 0:
			units[i] = uint16(random.IntN(128))
		case 1:
			units[i] = 0xd800 + uint16(random.IntN(0x800))
		case 2:
			units[i] = 0x2020 + uint16(random.IntN(16))
		default:
			units[i] = uint16(random.IntN(1 << 16))
		}
	}
	return units
}

// wtf8 is UTF-8, with halves of surrogate pairs as it would encode them.
func wtf8(units []uint16) string {
	var b []byte
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 < len(units) {
				if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != utf8.RuneError {
					b = utf8.AppendRune(b, pair)
					i++
					continue
				}
			}
			b = append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// node runs a script of the folder.
func node(t *testing.T, dir string, input []byte, args ...string) []byte {
	t.Helper()
	script := exec.Command("node", args...)
	script.Dir, script.Stdin, script.Stderr = dir, bytes.NewReader(input), os.Stderr
	out, err := script.Output()
	require.NoError(t, err)
	return out
}

// loaded is what Baileys answered.
type loaded struct {
	Creds   map[string]any
	Records map[string]map[string]any
}

// Baileys' own code loads what was exported, and has every record as keyfam has
// it.
func TestBaileysLoadsTheExport(t *testing.T) {
	dir := nodeFolder(t)
	installed, err := os.ReadFile(filepath.Join(dir, "node_modules/baileys/package.json"))
	require.NoError(t, err)
	var pkg struct{ Version string }
	require.NoError(t, json.Unmarshal(installed, &pkg))
	require.Equal(t, "7.0.0-rc13", pkg.Version)

	vectors := vectorFolder(t)
	realCreds, err := os.ReadFile(filepath.Join(realFolder, "creds.json"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(vectors, "creds.json"), realCreds, 0o600))
	t.Run("the real folder", func(t *testing.T) {
		repo, _ := imported(t, realFolder)
		compare(t, dir, repo)
	})
	// As they came, Baileys itself would read some of the old forms as something
	// else than bytes.
	t.Run("the vectors in today's form", func(t *testing.T) {
		repo, _ := imported(t, vectors)
		forget(t, repo, filesOf(kept)...)
		compare(t, dir, repo)
	})
}

func compare(t *testing.T, dir string, repo *signalkeys.Repo) {
	want := held(t, repo)
	folder := filepath.Join(t.TempDir(), "auth")
	_, err := baileys.Export(context.Background(), repo, folder, nil)
	require.NoError(t, err)
	before := contents(t, folder)

	ids := map[string][]string{}
	for family, records := range want {
		for id := range records {
			ids[family] = append(ids[family], id)
		}
	}
	input, err := json.Marshal(ids)
	require.NoError(t, err)
	var got loaded
	require.NoError(t, json.Unmarshal(node(t, dir, input, "load.mjs", folder), &got))
	for family, records := range want {
		for id, value := range records {
			assert.Equal(t, value, got.Records[family][id], "%s %s", family, id)
		}
	}
	assert.Equal(t, float64(63), got.Creds["registrationId"], "a new identity has been made")
	assert.Equal(t, before, contents(t, folder), "loading changed the folder")
}

// held is every record that keyfam holds, as load.mjs prints what Baileys has.
func held(t *testing.T, repo *signalkeys.Repo) map[string]map[string]any {
	t.Helper()
	ctx := context.Background()
	h := holdings{}
	r := repo.ReadOnly()
	require.NoError(t, errors.Join(
		h.Sessions(ctx, r.Sessions()), h.PreKeys(ctx, r.PreKeys()),
		h.SenderKeys(ctx, r.SenderKeys()), h.SenderKeyMemory(ctx, r.SenderKeyMemory()),
		h.AppStateSyncKeys(ctx, r.AppStateSyncKeys()), h.AppStateSyncVersions(ctx, r.AppStateSyncVersions()),
		h.LIDMappings(ctx, r.LIDMappings()), h.DeviceLists(ctx, r.DeviceLists()),
		h.TCTokens(ctx, r.TCTokens()), h.IdentityKeys(ctx, r.IdentityKeys())))
	for r, err := range repo.Store().Scan(ctx, signalkeys.LIDMappingFamily, "") {
		require.NoError(t, err)
		h.add(signalkeys.LIDMappingFamily, r.ID, string(r.Value)) // reverse rows too
	}
	return h
}

// holdings is the records of the families that Baileys has.
type holdings map[string]map[string]any

func (h holdings) add(family, id string, value any) {
	if h[family] == nil {
		h[family] = map[string]any{}
	}
	h[family][id] = value
}

func nodeBytes(b []byte) any { return map[string]any{"bytes": base64Of(b)} }

func (h holdings) Sessions(ctx context.Context, r signalkeys.SessionReader) error {
	for e, err := range r.All(ctx) {
		var v any
		if err != nil {
			return err
		}
		if err := json.Unmarshal(e.Value.Reveal(), &v); err != nil {
			return err
		}
		h.add(signalkeys.SessionFamily, e.ID.String(), v)
	}
	return nil
}

func (h holdings) PreKeys(ctx context.Context, r signalkeys.PreKeyReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		private := e.Value.Private.Reveal()
		h.add(signalkeys.PreKeyFamily, e.ID.String(), map[string]any{
			"public": nodeBytes(e.Value.Public[:]), "private": nodeBytes(private[:]),
		})
	}
	return nil
}

func (h holdings) SenderKeys(ctx context.Context, r signalkeys.SenderKeyReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		h.add(signalkeys.SenderKeyFamily, e.ID.String(), nodeBytes(e.Value.Reveal()))
	}
	return nil
}

func (h holdings) SenderKeyMemory(ctx context.Context, r signalkeys.SenderKeyMemoryReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		devices := map[string]any{}
		for device, has := range e.Value {
			devices[device] = has
		}
		h.add(signalkeys.SenderKeyMemoryFamily, e.ID.String(), devices)
	}
	return nil
}

func (h holdings) AppStateSyncKeys(ctx context.Context, r signalkeys.AppStateSyncKeyReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		v := map[string]any{}
		if e.Value.KeyData != nil {
			data := e.Value.KeyData.Reveal()
			v["keyData"] = nodeBytes(data[:])
		}
		if e.Value.Timestamp != nil {
			v["timestamp"] = strconv.FormatInt(*e.Value.Timestamp, 10)
		}
		if f := e.Value.Fingerprint; f != nil {
			v["fingerprint"] = fingerprint(f)
		}
		h.add(signalkeys.AppStateSyncKeyFamily, e.ID.String(), v)
	}
	return nil
}

func fingerprint(f *signalkeys.AppStateSyncKeyFingerprint) map[string]any {
	indexes := []any{}
	for _, n := range f.DeviceIndexes {
		indexes = append(indexes, float64(n))
	}
	v := map[string]any{"deviceIndexes": indexes}
	if f.RawID != nil {
		v["rawId"] = float64(*f.RawID)
	}
	if f.CurrentIndex != nil {
		v["currentIndex"] = float64(*f.CurrentIndex)
	}
	return v
}

func (h holdings) AppStateSyncVersions(ctx context.Context, r signalkeys.AppStateSyncVersionReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		indexes := map[string]any{}
		for index, value := range e.Value.IndexValueMap {
			indexes[index] = map[string]any{"valueMac": nodeBytes(value.ValueMAC[:])}
		}
		h.add(signalkeys.AppStateSyncVersionFamily, e.ID.String(), map[string]any{
			"version": float64(e.Value.Version), "hash": nodeBytes(e.Value.Hash[:]), "indexValueMap": indexes,
		})
	}
	return nil
}

func (h holdings) LIDMappings(ctx context.Context, r signalkeys.LIDMappingReader) error {
	for _, err := range r.All(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (h holdings) DeviceLists(ctx context.Context, r signalkeys.DeviceListReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		devices := []any{}
		for _, device := range e.Value {
			devices = append(devices, device)
		}
		h.add(signalkeys.DeviceListFamily, e.ID.String(), devices)
	}
	return nil
}

func (h holdings) TCTokens(ctx context.Context, r signalkeys.TCTokenReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		v := map[string]any{"token": nodeBytes(e.Value.Token.Reveal())}
		if e.Value.Timestamp != nil {
			v["timestamp"] = *e.Value.Timestamp
		}
		if e.Value.SenderTimestamp != nil {
			v["senderTimestamp"] = float64(*e.Value.SenderTimestamp)
		}
		h.add(signalkeys.TCTokenFamily, e.ID.String(), v)
	}
	return nil
}

func (h holdings) IdentityKeys(ctx context.Context, r signalkeys.IdentityKeyReader) error {
	for e, err := range r.All(ctx) {
		if err != nil {
			return err
		}
		h.add(signalkeys.IdentityKeyFamily, e.ID.String(), nodeBytes(e.Value))
	}
	return nil
}
