package lock_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/lock"
)

const docsFile = "../../docs/breaking.md"

// docs/breaking.md has every rule, as the table has it and as the pairs show
// whom Open refuses.
func TestDocs(t *testing.T) {
	src, err := os.ReadFile(docsFile)
	require.NoError(t, err)
	const start, end = "-update -->\n", "<!-- end of rules -->\n"
	head, rest, ok := strings.Cut(string(src), start)
	require.True(t, ok)
	_, tail, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want := head + start + rules(t) + end + tail
	if *update {
		require.NoError(t, os.WriteFile(docsFile, []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(src), "run go test ./gen/lock -run TestDocs -update")
	assert.Contains(t, head, fmt.Sprintf("%d pairs of schemas", len(pairs(t))))
}

func rules(t *testing.T) string {
	refuses := map[string]string{}
	for _, p := range pairs(t) {
		for _, f := range p.lock(t).Breaking(p.now, nil).Findings {
			switch {
			case f.Newer && f.Older:
				refuses[f.Rule.ID] = "both"
			case f.Newer:
				refuses[f.Rule.ID] = "the newer code"
			case f.Older:
				refuses[f.Rule.ID] = "the older code"
			}
		}
	}
	var b strings.Builder
	for _, r := range lock.Rules {
		var names []string
		for _, c := range r.Categories {
			names = append(names, string(c))
		}
		fmt.Fprintf(&b, "\n### %s\n\n*%s*", r.ID, strings.Join(names, ", "))
		if slices.Contains(r.Categories, lock.Stored) {
			fmt.Fprintf(&b, "; refuses %s", refuses[r.ID])
		}
		fmt.Fprintf(&b, ". %s\n\n%s\n\n**Way out.** %s\n", r.What, strings.ReplaceAll(r.Why, "<", "&lt;"), r.WayOut)
	}
	return b.String() + "\n"
}

// Every rule says all it must, and rules of one meaning are not there twice.
func TestRules(t *testing.T) {
	assert.GreaterOrEqual(t, len(lock.Rules), 30)
	seen := map[string]bool{}
	for _, r := range lock.Rules {
		assert.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		assert.Regexp(t, `^[A-Z]+(_[A-Z]+)+$`, r.ID)
		assert.NotEmpty(t, r.Categories, r.ID)
		for _, text := range []string{r.What, r.Why, r.WayOut} {
			assert.Regexp(t, `^[A-Z].*\.$`, text, r.ID)
		}
	}
}
