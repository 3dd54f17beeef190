// Package checktest runs analyzers over the packages in analyzer/testdata.
//
// These are packages of keyfam's own module, so a check sees the real store,
// store/family and generated packages.
package checktest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
)

// Run compares the diagnostics and fixes of a with the want comments and golden
// files of packages in analyzer/testdata/src. Facts need no want comment: they
// are how a check sees other packages, and what they do there is what is tested.
func Run(t *testing.T, a *analysis.Analyzer, pkgs ...string) {
	t.Helper()
	var patterns []string
	for _, pkg := range pkgs {
		patterns = append(patterns, "./analyzer/testdata/src/"+pkg)
	}
	analysistest.RunWithSuggestedFixes(exceptFacts{t}, root(), a, patterns...)
}

// Data returns the folder of the test data.
func Data() string { return filepath.Join(root(), "analyzer", "testdata") }

// Seeded is Module with the programs of analyzer/testdata/seeded in its folder
// seeded.
func Seeded(t *testing.T) string {
	t.Helper()
	dir := Module(t)
	require.NoError(t, os.CopyFS(filepath.Join(dir, "seeded"), os.DirFS(filepath.Join(Data(), "seeded"))))
	return dir
}

// Module makes a module that uses keyfam's real packages, and returns its folder.
func Module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root(), "go.mod"))
	require.NoError(t, err)
	const keyfam = "github.com/keyfam/keyfam"
	own, _, _ := strings.Cut(strings.Replace(string(mod), "module "+keyfam, "module example.org/vetted", 1), "\ntool ")
	own += fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n", keyfam, filepath.ToSlash(root()))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(own), 0o600))
	sum, err := os.ReadFile(filepath.Join(root(), "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
	return dir
}

// root returns the folder of keyfam's module.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

type exceptFacts struct{ *testing.T }

func (t exceptFacts) Errorf(format string, args ...any) {
	t.Helper()
	if msg := fmt.Sprintf(format, args...); !strings.Contains(msg, ": unexpected fact: ") {
		t.T.Error(msg)
	}
}
