package ignore

import (
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/keyfam/keyfam/analyzer/internal/nearest"
)

// New returns the check of the comments themselves: those that name no check of famvet, and so silence nothing.
func New(checks []string) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "marker",
		Doc:  "famvet's comments name its checks",
		URL:  "https://pkg.go.dev/github.com/keyfam/keyfam/analyzer/ignore",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, c := range comments(pass) {
				if d := mistake(c.Text, checks); d != "" {
					pass.Reportf(c.Pos(), "%s", d)
				}
			}
			return nil, nil
		},
	}
}

// mistake says what is wrong with a comment, empty if nothing is or it is none of famvet's.
func mistake(text string, checks []string) string {
	list := strings.Join(checks, ", ")
	named, _, ok := parse(text)
	if !ok {
		word, _, _ := strings.Cut(strings.TrimPrefix(text, "//"), " ")
		if strings.HasPrefix(text, "//famvet:") && word != "famvet:family" {
			return "famvet has no comment \"" + word + "\": write " + prefix + " or //famvet:family"
		}
		return ""
	}
	if len(named) == 0 {
		return "this marker names no check: write " + prefix + ", one of " + list + ", and why the use is right"
	}
	for _, name := range named {
		if strings.Contains(", "+list+",", ", "+name+",") {
			continue
		}
		if near := nearest.Of(name, checks); near != "" {
			return "famvet has no check \"" + name + "\": did you mean \"" + near + "\"?"
		}
		return "famvet has no check \"" + name + "\": write one of " + list
	}
	return ""
}
