// Package checktest runs analyzers over the data in analyzer/testdata.
package checktest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
)

// Run compares the diagnostics and fixes of a with the want comments and golden files of the packages. Facts need no want
// comment: they are how a check sees other packages, and what they do there is what is tested.
func Run(t *testing.T, a *analysis.Analyzer, pkgs ...string) {
	t.Helper()
	analysistest.RunWithSuggestedFixes(exceptFacts{t}, Data(), a, pkgs...)
}

// Data returns the folder of the test data.
func Data() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata")
}

type exceptFacts struct{ *testing.T }

func (t exceptFacts) Errorf(format string, args ...any) {
	t.Helper()
	if msg := fmt.Sprintf(format, args...); !strings.Contains(msg, ": unexpected fact: ") {
		t.T.Error(msg)
	}
}
