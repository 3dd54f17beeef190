package render_test

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"
)

// Programs that must not compile: the files of each fixture stand over those of
// the module, and want has the beginning of each error.
func TestDoesNotCompile(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	fixtures, err := filepath.Glob("testdata/compilefail/*.txtar")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(fixtures), 6)
	for _, fixture := range fixtures {
		t.Run(strings.TrimSuffix(filepath.Base(fixture), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(fixture)
			require.NoError(t, err)
			overlay := map[string][]byte{}
			var want []string
			for _, f := range a.Files {
				if f.Name == "want" {
					want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
				} else {
					overlay[filepath.Join(root, filepath.FromSlash(f.Name))] = f.Data
				}
			}
			require.NotEmpty(t, want)
			file, _, _ := strings.Cut(want[0], ":")
			got := typeErrors(t, root, "./"+path.Dir(file), overlay)
			for _, w := range want {
				file, message, ok := strings.Cut(w, ": ")
				require.True(t, ok)
				assert.True(t, slices.ContainsFunc(got, func(e string) bool {
					return strings.HasPrefix(e, file+":") && strings.Contains(e, message)
				}), "want %s\ngot  %s", w, strings.Join(got, "\n     "))
			}
			for _, g := range got {
				assert.True(t, allowed(g, want), "unexpected: %s", g)
			}
		})
	}
}

// allowed reports whether an error is in a file that want names.
func allowed(e string, want []string) bool {
	file, _, _ := strings.Cut(e, ":")
	return slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(w, file+":") })
}

// typeErrors is every error of a package of the module; what it imports comes
// from the compiler.
func typeErrors(t *testing.T, root, pattern string, overlay map[string][]byte) (errs []string) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: root, Overlay: overlay}, pattern)
	require.NoError(t, err)
	for _, p := range loaded {
		for _, e := range p.Errors {
			if e.Kind != packages.TypeError { // the go command says the same once more
				continue
			}
			errs = append(errs, strings.TrimPrefix(filepath.ToSlash(e.Error()), filepath.ToSlash(root)+"/"))
		}
	}
	return errs
}
