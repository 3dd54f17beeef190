package libsignal

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// TestPeerSuite runs libsignal's own tests, as they lie in the module cache, on
// our stores: its tests/stores.go is the one file that is ours.
func TestPeerSuite(t *testing.T) {
	overlay, tests := peerOverlay(t)
	for _, backend := range []string{"memstore", "pebblestore"} {
		t.Run(backend, func(t *testing.T) {
			dir := ""
			if backend == "pebblestore" {
				dir = filepath.Join(t.TempDir(), "store")
			}
			cmd := exec.Command("go", "test", "-count=1", "-vet=off", "-v", "-overlay", overlay, "./internal/peersuite")
			cmd.Env = append(os.Environ(), "KEYFAM_PEER_DIR="+dir)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", tail(out))
			for _, test := range tests {
				require.Contains(t, string(out), "--- PASS: "+test+" ", "every test has run")
			}
			if dir != "" {
				require.Positive(t, storedSessions(t, dir), "the tests wrote to the store")
			}
		})
	}
}

// peerOverlay is a build overlay that puts libsignal's test files beside our
// stores, and the names of the tests in them.
func peerOverlay(t *testing.T) (file string, tests []string) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.mau.fi/libsignal").Output()
	require.NoError(t, err)
	theirs := filepath.Join(strings.TrimSpace(string(out)), "tests")
	files, err := os.ReadDir(theirs)
	require.NoError(t, err)
	ours, err := filepath.Abs("internal/peersuite")
	require.NoError(t, err)
	replace := map[string]string{}
	for _, f := range files {
		if f.Name() == "stores.go" {
			continue
		}
		path := filepath.Join(theirs, f.Name())
		replace[filepath.Join(ours, f.Name())] = path
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			tests = append(tests, string(m[1]))
		}
	}
	require.NotEmpty(t, tests)
	data, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file, tests
}

func storedSessions(t *testing.T, dir string) (count int) {
	st, err := pebblestore.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	namespaces, err := st.Namespaces(ctx)
	require.NoError(t, err)
	for _, name := range namespaces {
		n, err := signalkeys.New(st.Namespace(name)).Sessions().Count(ctx)
		require.NoError(t, err)
		count += n
	}
	return count
}

// tail is the end of an output, which libsignal's tests make a lot of.
func tail(out []byte) []byte { return out[max(0, len(out)-4000):] }
