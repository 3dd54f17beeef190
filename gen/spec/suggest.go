package spec

import "strings"

// maxSuggested bounds the names that are compared for one misspelt one, so
// that a hostile file cannot make the search for hints quadratic.
const maxSuggested = 2000

// suggest is the name most like wrong, or "" if none is near: the same one in
// other letters' case, else of two equally near names the first.
func suggest(wrong string, names []string) string {
	best, near := "", len(wrong)/3+2
	if len(wrong) > maxName || len(names) > maxSuggested {
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

// didYouMean adds a hint if one of names is like wrong.
func (d *Diagnostic) didYouMean(wrong string, names []string) *Diagnostic {
	if s := suggest(wrong, names); s != "" {
		return d.hint("did you mean %s?", s)
	}
	return d
}

// distance is how many letters must be added, left out, changed or swapped
// with their neighbour to make b out of a; it may stop counting at limit.
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
