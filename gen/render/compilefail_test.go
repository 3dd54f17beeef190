package render_test

import (
	"maps"
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

// A fixture is a program that must not compile: its files stand over those of
// the module, and want has the beginning of each error.
type fixture struct {
	name    string
	overlay map[string][]byte
	want    []string
	alone   bool // it changes a package that others import
}

// scratch is the folder of fixtures that only add a package. Each gets a
// folder of its own, so that they are loaded together.
const scratch = "generated/signalkeys/fixture/"

func readFixture(t *testing.T, root, file string) *fixture {
	a, err := txtar.ParseFile(file)
	require.NoError(t, err)
	f := &fixture{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), overlay: map[string][]byte{}}
	own := func(name string) string {
		return strings.Replace(name, scratch, path.Dir(path.Clean(scratch))+"/"+f.name+"/", 1)
	}
	for _, file := range a.Files {
		if file.Name == "want" {
			f.want = strings.Split(strings.TrimSpace(string(file.Data)), "\n")
			for i, line := range f.want {
				f.want[i] = own(line)
			}
			continue
		}
		f.alone = f.alone || !strings.HasPrefix(file.Name, scratch)
		f.overlay[filepath.Join(root, filepath.FromSlash(own(file.Name)))] = file.Data
	}
	require.NotEmpty(t, f.want)
	return f
}

// pattern names the package that has the errors.
func (f *fixture) pattern() string {
	file, _, _ := strings.Cut(f.want[0], ":")
	return "./" + path.Dir(file)
}

func TestDoesNotCompile(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	files, err := filepath.Glob("testdata/compilefail/*.txtar")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 6)
	overlay, patterns := map[string][]byte{}, []string{}
	var fixtures []*fixture
	for _, file := range files {
		f := readFixture(t, root, file)
		fixtures = append(fixtures, f)
		if !f.alone {
			maps.Copy(overlay, f.overlay)
			patterns = append(patterns, f.pattern())
		}
	}
	together := typeErrors(t, root, overlay, patterns...)
	for _, f := range fixtures {
		got := slices.DeleteFunc(slices.Clone(together), func(e string) bool { return !allowed(e, f.want) })
		if f.alone {
			got = typeErrors(t, root, f.overlay, f.pattern())
		}
		f.check(t, got)
	}
	for _, e := range together {
		assert.True(t, slices.ContainsFunc(fixtures, func(f *fixture) bool { return allowed(e, f.want) }), "unexpected: %s", e)
	}
}

// check compares errors with those that are wanted.
func (f *fixture) check(t *testing.T, got []string) {
	for _, w := range f.want {
		file, message, ok := strings.Cut(w, ": ")
		require.True(t, ok)
		assert.True(t, slices.ContainsFunc(got, func(e string) bool {
			return strings.HasPrefix(e, file+":") && strings.Contains(e, message)
		}), "%s: want %s\ngot  %s", f.name, w, strings.Join(got, "\n     "))
	}
	for _, g := range got {
		assert.True(t, allowed(g, f.want), "%s: unexpected: %s", f.name, g)
	}
}

// allowed reports whether an error is in a file that want names.
func allowed(e string, want []string) bool {
	file, _, _ := strings.Cut(e, ":")
	return slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(w, file+":") })
}

// typeErrors is every error of the packages; what they import comes from the
// compiler.
func typeErrors(t *testing.T, root string, overlay map[string][]byte, patterns ...string) (errs []string) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: root, Overlay: overlay}, patterns...)
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
