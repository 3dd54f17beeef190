package golangci

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
)

func names(t *testing.T, settings any) []string {
	t.Helper()
	make, err := register.GetPlugin("famvet")
	require.NoError(t, err)
	p, err := make(settings)
	require.NoError(t, err)
	assert.Equal(t, register.LoadModeTypesInfo, p.GetLoadMode())
	all, err := p.BuildAnalyzers()
	require.NoError(t, err)
	require.NoError(t, analysis.Validate(all))
	var out []string
	for _, a := range all {
		out = append(out, a.Name)
	}
	return out
}

func TestSettings(t *testing.T) {
	all := []string{"outerhandle", "txescape", "rerun", "scanerr", "secretleak", "familyname", "marker"}
	assert.Equal(t, all, names(t, nil))
	assert.Equal(t, all[1:], names(t, map[string]any{"disable": []string{"outerhandle"}}))
	assert.Equal(t, all, names(t, map[string]any{"openers": map[string]any{
		"libraries": []any{map[string]any{"package": "go.etcd.io/bbolt"}},
	}}))
}

func TestBadSettings(t *testing.T) {
	for want, settings := range map[string]map[string]any{
		`no check "outer" to disable`:        {"disable": []string{"outer"}},
		`needs its import path in "package"`: {"openers": map[string]any{"libraries": []any{map[string]any{}}}},
		`unknown field "nothing"`:            {"openers": map[string]any{"nothing": 1}},
	} {
		_, err := New(settings)
		assert.ErrorContains(t, err, want)
	}
}

// TestFindingsNameTheirCheck runs one check as golangci-lint does, which prints the name before the message too.
func TestFindingsNameTheirCheck(t *testing.T) {
	p, err := New(nil)
	require.NoError(t, err)
	all, err := p.BuildAnalyzers()
	require.NoError(t, err)
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", "package a\n\n//famvet:ignore outer it is right\n", parser.ParseComments)
	require.NoError(t, err)
	var found []string
	marker := all[len(all)-1]
	_, err = marker.Run(&analysis.Pass{Analyzer: marker, Fset: fset, Files: []*ast.File{file}, Report: func(d analysis.Diagnostic) {
		found = append(found, d.Message)
	}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Regexp(t, `^famvet has no check "outer".* \[marker\]$`, found[0])
}
