// Package ignore reads the comments that mark a deliberate use:
//
//	//famvet:ignore outerhandle the audit line must be seen even if this rolls back
//
// A marker covers its own line and the line after its comment. It names one
// check, or several with commas between, and must give a reason: a marker
// without one silences nothing and is reported itself, as is one that nothing
// needs.
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
	all   []*marker
	lines map[line][]*marker
}

type marker struct {
	pos  token.Pos
	used bool
}

// Of reads the markers for the running check and reports those without a reason.
func Of(pass *analysis.Pass) *Markers {
	m := &Markers{pass: pass, lines: map[line][]*marker{}}
	for group, c := range comments(pass) {
		m.read(group, c)
	}
	return m
}

// comments yields the comments of a package with their groups.
func comments(pass *analysis.Pass) func(yield func(*ast.CommentGroup, *ast.Comment) bool) {
	return func(yield func(*ast.CommentGroup, *ast.Comment) bool) {
		for _, file := range pass.Files {
			for _, group := range file.Comments {
				for _, c := range group.List {
					if !yield(group, c) {
						return
					}
				}
			}
		}
	}
}

// parse splits a marker into the checks that it names and its reason.
func parse(text string) (checks []string, reason string, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return nil, "", false
	}
	rest, _, _ = strings.Cut(rest, "//") // a remark on the marker is not its reason
	names, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if names == "" {
		return nil, "", true
	}
	return strings.Split(names, ","), strings.TrimSpace(reason), true
}

func (m *Markers) read(group *ast.CommentGroup, c *ast.Comment) {
	name := m.pass.Analyzer.Name
	checks, reason, _ := parse(c.Text)
	if !slices.Contains(checks, name) {
		return
	}
	if reason == "" {
		m.pass.Reportf(c.Pos(), "this marker gives no reason and so silences nothing: write %s %s followed by why the use is right", prefix, name)
		return
	}
	k := &marker{pos: c.Pos()}
	m.all = append(m.all, k)
	own, after := m.line(c.Pos()), m.line(group.End())
	after.no++
	m.lines[own] = append(m.lines[own], k)
	m.lines[after] = append(m.lines[after], k)
}

func (m *Markers) line(pos token.Pos) line {
	p := m.pass.Fset.Position(pos)
	return line{p.Filename, p.Line}
}

// Covers reports whether the line of pos is silenced. Ask only where there is something to silence: a marker that was never
// asked for is reported by [Markers.Unused].
func (m *Markers) Covers(pos token.Pos) bool {
	at := m.lines[m.line(pos)]
	for _, k := range at {
		k.used = true
	}
	return len(at) > 0
}

// Report passes d on unless its line is silenced.
func (m *Markers) Report(d analysis.Diagnostic) {
	if !m.Covers(d.Pos) {
		m.pass.Report(d)
	}
}

// Unused reports the markers that silenced nothing, when the check is through.
func (m *Markers) Unused() {
	for _, k := range m.all {
		if !k.used {
			m.pass.Reportf(k.pos, "this marker silences no finding of %s: take it out", m.pass.Analyzer.Name)
		}
	}
}
