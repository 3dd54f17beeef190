package lock_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/gen/spec"
)

// What breaking calls stored is what the generated Open refuses, and in all
// other pairs each version reads and rewrites what the other wrote without
// loss. All pairs are one program: testdata/pairs.
func TestOpenAgrees(t *testing.T) {
	m := newModule(t)
	all := pairs(t)
	for _, p := range all {
		m.pair(p)
	}
	out := m.run()
	verdicts := map[string]string{}
	for line := range strings.Lines(out) {
		if name, verdict, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			verdicts[name] = verdict
		}
	}
	refused := 0
	for _, p := range all {
		want := refusedLine.FindStringSubmatch(string(p.archive.Comment))[1]
		assert.Equal(t, want, verdicts[p.name], p.name)
		if want != "nobody" {
			refused++
		}
	}
	t.Logf("%d pairs, %d refused", len(all), refused)
}

// module is a scratch module with every version of every pair.
type module struct {
	t        *testing.T
	dir      string
	versions map[string]string // families.yaml to the package's directory
	imports  strings.Builder
	pairs    strings.Builder
}

func newModule(t *testing.T) *module {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	m := &module{t: t, dir: t.TempDir(), versions: map[string]string{}}
	m.write("go.mod", "module example.com/pairs\n\ngo 1.26.0\n\nrequire github.com/keyfam/keyfam v0.1.0\n\nreplace github.com/keyfam/keyfam => "+root+"\n")
	for name, from := range map[string]string{
		"go.sum": filepath.Join(root, "go.sum"), "main.go": "testdata/pairs/main.go", "values.go": "testdata/pairs/values.go",
	} {
		src, err := os.ReadFile(from)
		require.NoError(t, err)
		m.write(name, string(src))
	}
	return m
}

func (m *module) write(name, text string) {
	file := filepath.Join(m.dir, filepath.FromSlash(name))
	require.NoError(m.t, os.MkdirAll(filepath.Dir(file), 0o777))
	require.NoError(m.t, os.WriteFile(file, []byte(text), 0o666))
}

func (m *module) pair(p *pair) {
	old := m.version(p.old, p.file("old.yaml"))
	now := m.version(p.now, p.file("families.yaml"))
	fmt.Fprintf(&m.pairs, "\t{%q, %s, %s},\n", p.name, old, now)
}

var newSecret = regexp.MustCompile(`func (NewSecret\d+)\(`)

// version generates a package, unless another pair has it, and returns the Go
// expression of it.
func (m *module) version(s *spec.Schema, src string) string {
	if v, ok := m.versions[src]; ok {
		return v
	}
	dir := fmt.Sprintf("v%d", len(m.versions))
	path := "example.com/pairs/" + dir
	files, err := render.Render(s, render.Options{ImportPath: path, SpecFile: "families.yaml", Spec: []byte(src)})
	require.NoError(m.t, err)
	var secrets []string
	for _, f := range files {
		if strings.Contains(f.Path, "/") || strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		m.write(dir+"/"+f.Path, string(f.Bytes))
		for _, found := range newSecret.FindAllSubmatch(f.Bytes, -1) {
			secrets = append(secrets, dir+"."+string(found[1]))
		}
	}
	fmt.Fprintf(&m.imports, "\t%s %q\n", dir, path)
	m.versions[src] = fmt.Sprintf("version{func(ctx context.Context, s *store.Store) (any, error) { return %s.Open(ctx, s) }, []any{%s}}",
		dir, strings.Join(secrets, ", "))
	return m.versions[src]
}

// run builds and runs the program without a network.
func (m *module) run() string {
	m.write("versions.go", "package main\n\nimport (\n\t\"context\"\n\n"+m.imports.String()+"\n\t\"github.com/keyfam/keyfam/store\"\n)\n\nvar pairs = []pair{\n"+m.pairs.String()+"}\n")
	cmd := exec.Command("go", "run", "-trimpath", "-gcflags=example.com/pairs/...=-N -l", ".")
	cmd.Dir = m.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	assert.NoError(m.t, err, "%s%s", out, stderr.String())
	return string(out)
}
