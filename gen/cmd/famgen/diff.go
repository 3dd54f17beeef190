package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/keyfam/keyfam/internal/provenance"
)

// maxDiff is how many lines of one file's hunks are shown.
const maxDiff = 100

// differ shows how to make want of have, as hunks of a unified diff. Line ends
// are no difference: version control systems change them.
func differ(have, want []byte) string {
	text := string(diff.Diff("have", provenance.Normal(have), "want", provenance.Normal(want)))
	lines := slices.Collect(strings.Lines(text))[3:] // without the names
	rest := ""
	if len(lines) > maxDiff {
		rest = fmt.Sprintf("… and %d more lines\n", len(lines)-maxDiff)
		lines = lines[:maxDiff]
	}
	return strings.Join(lines, "") + rest
}

// sameText reports whether two files differ in nothing but line ends.
func sameText(a, b []byte) bool { return bytes.Equal(provenance.Normal(a), provenance.Normal(b)) }
