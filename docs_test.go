package keyfam

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	fences   = regexp.MustCompile("(?ms)^(```|~~~).*?^(```|~~~)$")
	code     = regexp.MustCompile("`[^`\n]*`")
	links    = regexp.MustCompile(`\[([^\]\n]*(?:\n[^\]\n]*)?)\]\(([^)\s]+)\)`)
	headings = regexp.MustCompile(`(?m)^#{1,6} (.*)$`)
)

// pages are the tree's markdown files, by path. Goldens are no pages.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(".", func(file string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || path.Ext(file) != ".md":
			return nil
		}
		text, err := os.ReadFile(file)
		found[filepath.ToSlash(file)] = string(text)
		return err
	}))
	require.Contains(t, found, "README.md")
	return found
}

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, links.ReplaceAllString(heading, "$1"))
}

func anchors(page string) (found []string) {
	for _, h := range headings.FindAllStringSubmatch(fences.ReplaceAllString(page, ""), -1) {
		found = append(found, anchor(h[1]))
	}
	return found
}

// brokenLinks returns the links of a page into the tree that lead nowhere.
func brokenLinks(file string, all map[string]string) (broken []string) {
	text := fences.ReplaceAllString(all[file], "")
	for _, m := range links.FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[2], "://") || strings.HasPrefix(m[2], "mailto:") {
			continue
		}
		target, fragment, _ := strings.Cut(m[2], "#")
		to := file
		if target != "" {
			to = path.Join(path.Dir(file), target)
		}
		if _, err := os.Stat(filepath.FromSlash(to)); err != nil && all[to] == "" {
			broken = append(broken, file+" links to "+m[2]+", which is not there")
			continue
		}
		if page, ok := all[to]; fragment != "" && (!ok || !slices.Contains(anchors(page), fragment)) {
			broken = append(broken, file+" links to "+m[2]+", but "+to+" has no such heading")
		}
	}
	return broken
}

func TestLinks(t *testing.T) {
	all := pages(t)
	for file := range all {
		for _, b := range brokenLinks(file, all) {
			t.Error(b)
		}
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	all := map[string]string{
		"docs/a.md": "# A `b` c!\n[x](b.md) [x](#a-b-c) [x](../README.md#two-words) [x](https://x.org/y#z)\n```\n[x](none)\n# not a heading\n```\n",
		"docs/b.md": "[x](c.md)[two\nlines](#none) [x](a.md#not-a-heading) [x](../go.mod#a) [`code`](nowhere)",
		"README.md": "## Two words\n",
	}
	assert.Empty(t, brokenLinks("docs/a.md", all))
	assert.Len(t, brokenLinks("docs/b.md", all), 5)
}

// Each row of README's map of the source names something that its file declares.
func TestMapOfTheSource(t *testing.T) {
	_, table, ok := strings.Cut(pages(t)["README.md"], "## Read the source\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n## ")
	rows := regexp.MustCompile("\\| `(?:\\w+\\.)?(\\w+)` \\| \\[([^]]+)\\]").FindAllStringSubmatch(table, -1)
	assert.Len(t, rows, strings.Count(table, "\n|")-2, "rows")
	for _, row := range rows {
		source, err := os.ReadFile(row[2])
		require.NoError(t, err)
		declared := regexp.MustCompile(`(?m)^(func (\([^)]*\) )?|type )` + row[1] + `\b`)
		assert.True(t, declared.Match(source), "%s does not declare %s", row[2], row[1])
	}
}

// docs/design.md lists every package of every module, and no other.
func TestDesignListsEveryPackage(t *testing.T) {
	_, table, ok := strings.Cut(pages(t)["docs/design.md"], "## Packages\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+)( \\[m\\])? \\|").FindAllStringSubmatch(table, -1) {
		for _, name := range code.FindAllString(row[1], -1) {
			name = strings.Trim(name, "`")
			listed = append(listed, name)
			_, err := os.Stat(filepath.Join(filepath.FromSlash(name), "go.mod"))
			assert.Equal(t, err == nil, row[2] != "" || name == ".", "%s: [m] marks a module of its own", name)
		}
	}
	var there []string
	for _, m := range modules(t) {
		cmd := exec.Command("go", "list", "-e", "-f", "{{.ImportPath}}", "./...")
		cmd.Dir = m
		out, err := cmd.Output()
		require.NoError(t, err, m)
		for name := range strings.FieldsSeq(string(out)) {
			name = strings.TrimPrefix(strings.TrimPrefix(name, "github.com/keyfam/keyfam"), "/")
			there = append(there, path.Clean(name))
		}
	}
	slices.Sort(listed)
	slices.Sort(there)
	assert.Equal(t, strings.Join(there, "\n"), strings.Join(listed, "\n"))
}

// modules are the folders of the tree's Go modules.
func modules(t *testing.T) (dirs []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(file string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.Name() == "go.mod":
			dirs = append(dirs, filepath.Dir(file))
		}
		return nil
	}))
	require.Greater(t, len(dirs), 5)
	return dirs
}

// The Go code of docs/from-baileys.md is that of the examples in signalkeys,
// whose output is checked there.
func TestPageOfBaileysShowsExamples(t *testing.T) {
	source, err := os.ReadFile("generated/signalkeys/baileys_example_test.go")
	require.NoError(t, err)
	page := pages(t)["docs/from-baileys.md"]
	shown := regexp.MustCompile("(?s)<!-- example: (\\w+) -->\n```go\n(.*?)```").FindAllStringSubmatch(page, -1)
	assert.Len(t, shown, strings.Count(page, "```go\n"), "each block names its example")
	assert.Len(t, shown, strings.Count(string(source), "\nfunc Example"), "each example is shown")
	for _, s := range shown {
		_, body, ok := strings.Cut(string(source), "\nfunc Example_"+s[1]+"() {\n")
		require.True(t, ok, s[1])
		body, _, _ = strings.Cut(body, "\n\t// Output:")
		body = strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
		assert.Equal(t, strings.TrimSpace(body), strings.TrimSpace(s[2]), s[1])
	}
}
