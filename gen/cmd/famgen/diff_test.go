package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Each change is a hunk of its own, with three equal lines around it.
func TestHunksAreSmall(t *testing.T) {
	var lines []string
	for i := range 200 {
		lines = append(lines, fmt.Sprint("line ", i))
	}
	have := strings.Join(lines, "\n") + "\n"
	lines[10], lines[190] = "first", "second"
	want := strings.Join(lines, "\n") + "\n"
	got := differ([]byte(have), []byte(want))
	assert.Equal(t, 2, strings.Count(got, "\n@@ ")+1, got)
	assert.Equal(t, 2*(1+3+2+3), strings.Count(got, "\n"), got)
	assert.Contains(t, got, "-line 10\n+first\n")
	assert.Contains(t, got, "-line 190\n+second\n")
	assert.True(t, sameText([]byte(have), []byte("\ufeff"+strings.ReplaceAll(have, "\n", "\r\n"))))
}

// A long difference is cut, and says so.
func TestLongHunksAreCut(t *testing.T) {
	got := differ(nil, []byte(strings.Repeat("a\n", 500)))
	assert.Equal(t, maxDiff+1, strings.Count(got, "\n"))
	assert.Contains(t, got, "… and 401 more lines\n")
}
