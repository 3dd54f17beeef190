package main

import (
	"fmt"
	"strings"
)

// around is how many equal lines are shown around those that differ.
const around = 3

// diff shows how to make want of have: everything between the first and the
// last line that differ, as one hunk of a unified diff.
func diff(have, want string) string {
	a, b := strings.SplitAfter(have, "\n"), strings.SplitAfter(want, "\n")
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	from, tail := max(start-around, 0), min(end, around)
	var out strings.Builder
	fmt.Fprintf(&out, "@@ -%d,%d +%d,%d @@\n", from+1, len(a)-end+tail-from, from+1, len(b)-end+tail-from)
	show(&out, " ", a[from:start])
	show(&out, "-", a[start:len(a)-end])
	show(&out, "+", b[start:len(b)-end])
	show(&out, " ", a[len(a)-end:len(a)-end+tail])
	return out.String()
}

func show(out *strings.Builder, mark string, lines []string) {
	for _, line := range lines {
		if line != "" {
			out.WriteString(mark + strings.TrimSuffix(line, "\n") + "\n")
			if !strings.HasSuffix(line, "\n") {
				out.WriteString("\\ No newline at end of file\n")
			}
		}
	}
}
