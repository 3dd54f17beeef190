// Package ignore reads the comments that mark a deliberate use:
//
//	//famvet:ignore outerhandle the audit line must be seen even if this rolls back
//
// A marker covers its own line and the line after its comment. It names one
// check, or several with commas between, and must give a reason: a marker
// without one silences nothing and is reported itself.
package ignore

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const prefix = "//famvet:ignore"

type line struct {
	file string
	no   int
}

// Markers are the lines of a package where one check is silenced.
type Markers struct {
	pass  *analysis.Pass
	lines map[line]bool
}

// Of reads the markers for the running check and reports those without a reason.
func Of(pass *analysis.Pass) *Markers {
	m := &Markers{pass: pass, lines: map[line]bool{}}
	for _, file := range pass.Files {
		for _, group := range file.Comments {
			for _, c := range group.List {
				m.read(group, c)
			}
		}
	}
	return m
}

func (m *Markers) read(group *ast.CommentGroup, c *ast.Comment) {
	rest, ok := strings.CutPrefix(c.Text, prefix)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return
	}
	rest, _, _ = strings.Cut(rest, "//") // a remark on the marker is not its reason
	checks, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
	name := m.pass.Analyzer.Name
	if !slices.Contains(strings.Split(checks, ","), name) {
		return
	}
	if strings.TrimSpace(reason) == "" {
		m.pass.Reportf(c.Pos(), "this marker gives no reason and so silences nothing: write %s %s followed by why the use is right", prefix, name)
		return
	}
	m.lines[m.line(c.Pos())] = true
	after := m.line(group.End())
	m.lines[line{after.file, after.no + 1}] = true
}

func (m *Markers) line(pos token.Pos) line {
	p := m.pass.Fset.Position(pos)
	return line{p.Filename, p.Line}
}

// Covers reports whether the line of pos is silenced.
func (m *Markers) Covers(pos token.Pos) bool { return m.lines[m.line(pos)] }

// Report passes d on unless its line is silenced.
func (m *Markers) Report(d analysis.Diagnostic) {
	if !m.Covers(d.Pos) {
		m.pass.Report(d)
	}
}
