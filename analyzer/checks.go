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

// All returns the checks. They read table when they run, so that flags may still add to it.
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
	return append(checks, ignore.New(names))
}
