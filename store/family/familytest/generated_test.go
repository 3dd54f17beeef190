package familytest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/provenance"
	"github.com/keyfam/keyfam/store/family/familytest"
)

// recorder keeps what a test would have failed with.
type recorder struct {
	testing.TB
	failures []string
}

func (*recorder) Helper()          {}
func (r *recorder) Error(a ...any) { r.failures = append(r.failures, fmt.Sprint(a...)) }
func (r *recorder) Errorf(f string, a ...any) {
	r.failures = append(r.failures, fmt.Sprintf(f, a...))
}

// Whatever differs from what was generated is named, and nothing else.
func TestCheckGenerated(t *testing.T) {
	const header = provenance.Header + "families.yaml. DO NOT EDIT.\n"
	good := map[string]string{
		"families.yaml": "spec\n", "generated_test.go": header, "repo.go": header + "repo\n", "dtest/dtest.go": header + "test\n",
		"mine.go": "package d\n", "minetest/minetest.go": "package minetest\n",
		"latest/repo.go": header, "latest/latesttest/latesttest.go": header, "other/repo.go": header,
	}
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"nothing":            {},
		"line ends":          {"repo.go", "\ufeff" + strings.ReplaceAll(good["repo.go"], "\n", "\r\n"), nil},
		"the spec":           {"families.yaml", "other\n", []string{"families.yaml has changed since this package was generated"}},
		"a file":             {"repo.go", header + "edited\n", []string{"repo.go is not as it was generated"}},
		"a missing file":     {"dtest/dtest.go", "", []string{"a generated file is missing"}},
		"an orphan":          {"old_family.go", header, []string{"old_family.go was generated from something that is gone"}},
		"an orphaned helper": {"oldtest/oldtest.go", header, []string{"oldtest/oldtest.go was generated from something that is gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			files := map[string]string{}
			for file, text := range good {
				put(t, file, text)
			}
			for _, file := range []string{"repo.go", "dtest/dtest.go"} {
				files[file] = provenance.Sum([]byte(good[file]))
			}
			switch {
			case c.text != "":
				put(t, c.file, c.text)
			case c.file != "":
				require.NoError(t, os.Remove(c.file))
			}
			r := &recorder{TB: t}
			familytest.CheckGenerated(r, "families.yaml", good["families.yaml"], "generated_test.go", files)
			require.Len(t, r.failures, len(c.want), "%q", r.failures)
			for i, want := range c.want {
				assert.Contains(t, r.failures[i], want)
			}
		})
	}
}

func put(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}
