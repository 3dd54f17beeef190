package familytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyfam/keyfam/internal/provenance"
)

// CheckGenerated fails the test if the spec file has changed since the package
// in the working directory was generated, or if a generated file was changed,
// is missing or is left over. files has the SHA-256 of each file by its path,
// without that of the test file self. Line ends and a byte order mark do not
// count.
func CheckGenerated(t testing.TB, specFile, spec, self string, files map[string]string) {
	t.Helper()
	const remedy = "run famgen generate, or go generate ./..."
	now, err := os.ReadFile(filepath.FromSlash(specFile))
	switch {
	case err != nil:
		t.Errorf("%s cannot be read; if it has moved, %s: %v", specFile, remedy, err)
	case string(provenance.Normal(now)) != spec:
		t.Errorf("%s has changed since this package was generated: %s", specFile, remedy)
	}
	for name, sum := range files {
		b, err := os.ReadFile(filepath.FromSlash(name))
		switch {
		case err != nil:
			t.Errorf("a generated file is missing: %s: %v", remedy, err)
		case provenance.Sum(b) != sum:
			t.Errorf("%s is not as it was generated: %s", name, remedy)
		}
	}
	orphans(t, self, files)
}

// orphans reports generated files that are left over: of removed families, and
// of the test package under an earlier name.
func orphans(t testing.TB, self string, files map[string]string) {
	t.Helper()
	found, err := filepath.Glob("*.go")
	if err != nil {
		t.Error(err)
	}
	tests, err := filepath.Glob("*test")
	if err != nil {
		t.Error(err)
	}
	for _, dir := range tests {
		found = append(found, filepath.Join(dir, dir+".go"))
	}
	for _, file := range found {
		name := filepath.ToSlash(file)
		b, err := os.ReadFile(file)
		if err == nil && files[name] == "" && name != self && strings.HasPrefix(string(provenance.Normal(b)), provenance.Header) {
			t.Errorf("%s was generated from something that is gone: run famgen generate", name)
		}
	}
}
