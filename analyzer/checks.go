package analyzer

import (
	"golang.org/x/tools/go/analysis"

	"github.com/keyfam/keyfam/analyzer/familyname"
	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/ignore"
	"github.com/keyfam/keyfam/analyzer/openers"
	"github.com/keyfam/keyfam/analyzer/outerhandle"
	"github.com/keyfam/keyfam/analyzer/rerun"
	"github.com/keyfam/keyfam/analyzer/scanerr"
	"github.com/keyfam/keyfam/analyzer/secretleak"
	"github.com/keyfam/keyfam/analyzer/txescape"
)

// All returns the checks, whose findings end in their names: [outerhandle].
// They read table when they run, so that flags may still add to it.
func All(table *openers.Table) []*analysis.Analyzer {
	txflow := flow.New(table)
	checks := []*analysis.Analyzer{
		outerhandle.New(txflow),
		txescape.New(txflow),
		rerun.New(txflow),
		scanerr.New(),
		secretleak.New(txflow),
		familyname.New(),
	}
	var names []string
	for _, a := range checks {
		names = append(names, a.Name)
	}
	checks = append(checks, ignore.New(names))
	for _, a := range checks {
		signed(a)
	}
	return checks
}

// signed has a check name itself at the end of its findings: go vet does not.
func signed(a *analysis.Analyzer) {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		own := *pass
		own.Report = func(d analysis.Diagnostic) {
			d.Message += " [" + a.Name + "]"
			pass.Report(d)
		}
		return run(&own)
	}
}
