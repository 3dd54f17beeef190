package diag

import "strings"

// The search for hints is quadratic. These limits keep a hostile file from
// making it slow.
const (
	maxSuggested = 2000
	maxWrong     = 64 // bytes
)

// suggest returns the name most like wrong, or "" if none is near. A name that
// differs in the case of letters only is the nearest; of two equally near
// names it is the first.
func suggest(wrong string, names []string) string {
	best, near := "", len(wrong)/3+2
	if len(wrong) > maxWrong || len(names) > maxSuggested {
		return ""
	}
	for _, name := range names {
		if strings.EqualFold(name, wrong) {
			return name
		}
	}
	for _, name := range names {
		if d := distance(wrong, name, near); d < near {
			best, near = name, d
		}
	}
	return best
}

// DidYouMean adds a hint if one of names is like wrong.
func (d *Diagnostic) DidYouMean(wrong string, names []string) *Diagnostic {
	if s := suggest(wrong, names); s != "" {
		return d.Hintf("did you mean %s?", s)
	}
	return d
}

// distance counts the letters that must be added, left out, changed or swapped
// with their neighbour to turn a into b. It may stop counting at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
