// Package golangci offers famvet's checks to golangci-lint as a module plugin.
//
// Build a golangci-lint that has it from the small program in docs/famvet.md, or with `golangci-lint custom` and this
// .custom-gcl.yml:
//
//	version: v2.15.0
//	plugins:
//	  - module: github.com/keyfam/keyfam/analyzer/golangci
//	    version: v0.1.0
//
// and switch it on in .golangci.yml; openers is optional and has the form that docs/famvet.md describes:
//
//	version: "2"
//	linters:
//	  enable: [famvet]
//	  settings:
//	    custom:
//	      famvet:
//	        type: module
//	        description: famvet
//	        settings:
//	          disable: [rerun]
//	          openers:
//	            libraries: []
package golangci

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/keyfam/keyfam/analyzer"
	"github.com/keyfam/keyfam/analyzer/openers"
)

// golangci-lint finds plugins by what they register when they are linked.
func init() { register.Plugin("famvet", New) }

// Settings are what .golangci.yml may say of famvet.
type Settings struct {
	// Disable names the checks to leave out.
	Disable []string `json:"disable"`
	// Openers adds libraries whose transactions the checks should know.
	Openers json.RawMessage `json:"openers"`
}

type plugin struct{ analyzers []*analysis.Analyzer }

// New returns famvet for the settings that golangci-lint read. It is an error if they name an unknown check or a malformed
// table.
func New(conf any) (register.LinterPlugin, error) {
	settings, err := register.DecodeSettings[Settings](conf)
	if err != nil {
		return nil, err
	}
	table := openers.Default()
	if len(settings.Openers) > 0 {
		more, err := openers.Parse(strings.NewReader(string(settings.Openers)))
		if err != nil {
			return nil, err
		}
		table.Add(more)
	}
	all := analyzer.All(table)
	for _, name := range settings.Disable {
		if !slices.ContainsFunc(all, func(a *analysis.Analyzer) bool { return a.Name == name }) {
			return nil, fmt.Errorf("famvet: there is no check %q to disable", name)
		}
	}
	all = slices.DeleteFunc(all, func(a *analysis.Analyzer) bool { return slices.Contains(settings.Disable, a.Name) })
	return &plugin{all}, nil
}

// BuildAnalyzers returns the checks.
func (p *plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) { return p.analyzers, nil }

// GetLoadMode says that the checks need types.
func (p *plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
