package lock

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A Report is a Result with the names of the files.
type Report struct {
	File string // families.yaml
	Lock string // families.lock
	Result
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s:%d:%d: %s (%s): %s\n", r.File, f.Pos.Line, f.Pos.Col, f.Rule.ID, categories(f.Rule), f.Text)
		fmt.Fprintf(&b, "  why: %s\n", f.Rule.Why)
		fmt.Fprintf(&b, "  way out: %s\n", f.Rule.WayOut)
		fmt.Fprintf(&b, "  or in %s: waive %s %s <reason>\n", r.Lock, f.Rule.ID, f.Path)
	}
	for _, u := range r.Unused {
		fmt.Fprintf(&b, "%s:%d:1: the waiver of %s at %s is not needed: remove the line\n", r.Lock, u.Line, u.Rule, u.Path)
	}
	if n := len(r.Waived); n > 0 {
		fmt.Fprintf(&b, "%d waived\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// finding is a break in JSON.
type finding struct {
	Rule       string     `json:"rule"`
	Categories []Category `json:"categories"`
	Path       string     `json:"path"`
	File       string     `json:"file"`
	Line       int        `json:"line"`
	Column     int        `json:"column"`
	Message    string     `json:"message"`
	Reason     string     `json:"reason"`
	WayOut     string     `json:"wayOut"`
	Refuses    []string   `json:"openRefuses"` // newer, older
	Waiver     string     `json:"waiver,omitempty"`
}

// waiver is an unused waiver in JSON.
type waiver struct {
	Rule   string `json:"rule"`
	Path   string `json:"path"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// WriteJSON writes the report for programs: one object with the lists
// findings, waived and unusedWaivers.
func (r *Report) WriteJSON(w io.Writer, l *Lock) error {
	out := struct {
		Findings []finding `json:"findings"`
		Waived   []finding `json:"waived"`
		Unused   []waiver  `json:"unusedWaivers"`
	}{[]finding{}, []finding{}, []waiver{}}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, r.finding(f))
	}
	for _, f := range r.Waived {
		j := r.finding(f)
		for _, waived := range l.Waivers {
			if waived.Rule == j.Rule && waived.Path == j.Path {
				j.Waiver = waived.Reason
			}
		}
		out.Waived = append(out.Waived, j)
	}
	for _, u := range r.Unused {
		out.Unused = append(out.Unused, waiver{u.Rule, u.Path, r.Lock, u.Line, u.Reason})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (r *Report) finding(f Finding) finding {
	refuses := []string{}
	if f.Newer {
		refuses = append(refuses, "newer")
	}
	if f.Older {
		refuses = append(refuses, "older")
	}
	return finding{f.Rule.ID, f.Rule.Categories, f.Path, r.File, f.Pos.Line, f.Pos.Col, f.Text, f.Rule.Why, f.Rule.WayOut, refuses, ""}
}

// WriteGitHub writes the report as workflow commands, which GitHub shows at
// the lines of a pull request.
func (r *Report) WriteGitHub(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		text := fmt.Sprintf("%s\n%s\nWay out: %s", f.Text, f.Rule.Why, f.Rule.WayOut)
		title := fmt.Sprintf("%s (%s)", f.Rule.ID, categories(f.Rule))
		fmt.Fprintf(&b, "::error file=%s,line=%d,col=%d,title=%s::%s\n",
			property(r.File), f.Pos.Line, f.Pos.Col, property(title), message(text))
	}
	for _, u := range r.Unused {
		fmt.Fprintf(&b, "::error file=%s,line=%d,title=unused waiver::%s\n",
			property(r.Lock), u.Line, message(fmt.Sprintf("the waiver of %s at %s is not needed: remove the line", u.Rule, u.Path)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// message and property escape text as workflow commands want it.
func message(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(message(s))
}

func categories(r *Rule) string {
	names := make([]string, len(r.Categories))
	for i, c := range r.Categories {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// Explain is a page on one rule.
func (r *Rule) Explain() string {
	return fmt.Sprintf("%s (%s)\n\n%s\n\nWhy: %s\n\nWay out: %s\n", r.ID, categories(r), r.What, r.Why, r.WayOut)
}

// List is all rules, one a line.
func List() string {
	var b strings.Builder
	for _, r := range Rules {
		fmt.Fprintf(&b, "%-24s %-22s %s\n", r.ID, categories(&r), r.What)
	}
	return b.String()
}
