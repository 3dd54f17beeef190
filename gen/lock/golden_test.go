package lock_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/lock"
	"github.com/keyfam/keyfam/gen/spec"
)

var update = flag.Bool("update", false, "rewrite the goldens in gen/testdata/lock")

// A pair is two schemas, and whom Open refuses once the other has been there.
type pair struct {
	name     string
	path     string
	archive  *txtar.Archive
	old, now *spec.Schema
	newer    bool
	older    bool
}

var refusedLine = regexp.MustCompile(`(?m)^refused: (nobody|newer|older|both)$`)

// pairs reads gen/testdata/lock.
func pairs(t *testing.T) []*pair {
	t.Helper()
	paths, err := filepath.Glob("../testdata/lock/*.txtar")
	require.NoError(t, err)
	require.Greater(t, len(paths), 40)
	var all []*pair
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		p := &pair{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: archive}
		refused := refusedLine.FindStringSubmatch(string(archive.Comment))
		require.NotNil(t, refused, "%s does not say who is refused", p.name)
		p.newer = refused[1] == "newer" || refused[1] == "both"
		p.older = refused[1] == "older" || refused[1] == "both"
		p.old, p.now = parse(t, p.file("old.yaml")), parse(t, p.file("families.yaml"))
		all = append(all, p)
	}
	return all
}

func (p *pair) file(name string) string {
	for _, f := range p.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func parse(t *testing.T, src string) *spec.Schema {
	t.Helper()
	s, diags := spec.Parse("families.yaml", []byte(src))
	require.NoError(t, diags.Err())
	return s
}

// lock is the released lock of a pair, with its waivers. Where there is a
// shape before the old one, that was released first and the breaks from it
// accepted.
func (p *pair) lock(t *testing.T) *lock.Lock {
	t.Helper()
	released := lock.New(p.old)
	if before := p.file("before.yaml"); before != "" {
		released = lock.New(parse(t, before))
		waiveAll(released, released.Breaking(p.old, nil).Findings)
		require.True(t, released.Accept(p.old))
	}
	l, err := lock.Parse("families.lock", append(released.Text(), p.file("waivers")...))
	require.NoError(t, err)
	return l
}

func waiveAll(l *lock.Lock, findings []lock.Finding) {
	for _, f := range findings {
		l.Waivers = append(l.Waivers, lock.Waiver{Rule: f.Rule.ID, Path: f.Path, Reason: "test"})
	}
}

func TestFindings(t *testing.T) {
	found := map[string]bool{}
	for _, p := range pairs(t) {
		t.Run(p.name, func(t *testing.T) {
			l := p.lock(t)
			report := lock.Report{File: "families.yaml", Lock: "families.lock", Result: l.Breaking(p.now, nil)}
			var out bytes.Buffer
			require.NoError(t, report.WriteText(&out))
			golden(t, p, "want", out.String())

			newer, older, storedFound := false, false, false
			for _, f := range slices.Concat(report.Findings, report.Waived) {
				found[f.Rule.ID] = true
				newer, older = newer || f.Newer, older || f.Older
				isStored := slices.Contains(f.Rule.Categories, lock.Stored)
				storedFound = storedFound || isStored
				assert.Equal(t, isStored, f.Newer || f.Older, "%s: stored is what Open refuses", f.Rule.ID)
				assert.NotEqual(t, spec.Position{}, f.Pos)
			}
			assert.Equal(t, p.newer, newer, "newer")
			assert.Equal(t, p.older, older, "older")
			assert.Equal(t, p.newer || p.older, storedFound)
		})
	}
	for _, r := range lock.Rules {
		assert.True(t, found[r.ID], "%s has no golden", r.ID)
	}
}

func golden(t *testing.T, p *pair, name, got string) {
	t.Helper()
	if *update {
		p.archive.Files = slices.DeleteFunc(p.archive.Files, func(f txtar.File) bool { return f.Name == name })
		p.archive.Files = append(p.archive.Files, txtar.File{Name: name, Data: []byte(got)})
		require.NoError(t, os.WriteFile(p.path, txtar.Format(p.archive), 0o644))
	}
	require.True(t, slices.ContainsFunc(p.archive.Files, func(f txtar.File) bool { return f.Name == name }), "no golden; run with -update")
	assert.Equal(t, p.file(name), got)
}

// A schema breaks nothing of its own, and its lock is read as it was written.
func TestSame(t *testing.T) {
	for _, p := range pairs(t) {
		for _, s := range []*spec.Schema{p.old, p.now} {
			l, err := lock.Parse("families.lock", lock.New(s).Text())
			require.NoError(t, err)
			assert.Equal(t, lock.New(s).Text(), l.Text())
			assert.Empty(t, l.Breaking(s, nil), p.name)
		}
	}
}

// Add never hides a break, and adds all there is when nothing breaks.
func TestAdd(t *testing.T) {
	for _, p := range pairs(t) {
		l := p.lock(t)
		before := l.Breaking(p.now, nil)
		l.Add(p.now)
		after := l.Breaking(p.now, nil)
		assert.Equal(t, before, after, p.name)
		once := l.Text()
		l.Add(p.now)
		assert.Equal(t, string(once), string(l.Text()), p.name)
		if p.name == "compatible" {
			for name, content := range lock.New(p.now).Facts {
				assert.Equal(t, content, l.Facts[name], name)
			}
		}
	}
}

// Accept refuses what is not waived; after it nothing breaks, and the old
// facts that stores may have are remembered.
func TestAccept(t *testing.T) {
	for _, p := range pairs(t) {
		l := p.lock(t)
		before := string(l.Text())
		found := l.Breaking(p.now, nil)
		assert.Equal(t, len(found.Findings) == 0, l.Accept(p.now), p.name)
		if len(found.Findings) == 0 {
			continue
		}
		require.Equal(t, before, string(l.Text()), "a refused Accept changes nothing")
		waiveAll(l, found.Findings)
		require.True(t, l.Accept(p.now), p.name)
		assert.Empty(t, l.Breaking(p.now, nil).Findings, p.name)
		assert.Empty(t, l.Breaking(p.now, nil).Waived, p.name)
		assert.Equal(t, len(found.Unused), len(l.Waivers), p.name)
		again, err := lock.Parse("families.lock", l.Text())
		require.NoError(t, err)
		assert.Equal(t, l.Facts, again.Facts)
	}
}

// A family that was removed and accepted cannot come back with another shape.
func TestRemembers(t *testing.T) {
	const head = "version: 1\npackage: chat\nfamilies:\n  a: {accessor: As, id: string, value: string}\n"
	one := parse(t, head+"  b: {accessor: Bs, id: string, value: string}\n")
	two := parse(t, head)
	three := parse(t, head+"  b: {accessor: Bs, id: string, value: bool}\n")
	l := lock.New(one)
	l.Waivers = []lock.Waiver{{Rule: "FAMILY_REMOVED", Path: "families.b", Reason: "test"}}
	require.True(t, l.Accept(two))
	require.Empty(t, l.Waivers)
	require.Empty(t, l.Breaking(two, nil))
	found := l.Breaking(three, nil).Findings
	require.Len(t, found, 1)
	assert.Equal(t, "TYPE_CHANGED", found[0].Rule.ID)
	assert.Empty(t, l.Breaking(one, nil))
}

// A message that was removed and accepted comes back with its own fields, not
// with others of the same numbers, also where the type changed or a field
// moved between.
func TestRemembersNumbers(t *testing.T) {
	const family = "families:\n  a: {accessor: As, id: string, value: string}\n"
	head := func(fields string) *spec.Schema {
		return parse(t, "version: 1\npackage: chat\nmessages:\n  r:\n    fields: {"+fields+"}\n"+family+"  b: {accessor: Bs, id: string, value: r}\n")
	}
	l := lock.New(head("1: one string, 2: two uint32"))
	for _, s := range []*spec.Schema{head("1: one string, 3: two uint32"), parse(t, "version: 1\npackage: chat\n"+family)} {
		waiveAll(l, l.Breaking(s, nil).Findings)
		require.True(t, l.Accept(s))
	}
	assert.Empty(t, l.Breaking(head("1: one string, 3: two uint32"), nil))
	var rules []string
	for _, f := range l.Breaking(head("1: two string, 2: other uint32, 3: third uint32"), nil).Findings {
		rules = append(rules, f.Rule.ID+" "+f.Path)
	}
	assert.Equal(t, []string{"FIELD_NUMBER_CHANGED messages.r.1", "FIELD_NUMBER_REUSED messages.r.2", "FIELD_NUMBER_REUSED messages.r.3"}, rules)
}

func TestCategories(t *testing.T) {
	l := lock.New(parse(t, "version: 1\npackage: chat\nfamilies:\n  a: {accessor: As, id: string, value: string}\n"))
	l.Waivers = []lock.Waiver{{Rule: "FIELD_RENAMED", Path: "messages.a.1", Reason: "test"}}
	now := parse(t, "version: 1\npackage: chat\nfamilies:\n  a: {accessor: Bs, id: uint32, value: string}\n")
	assert.Len(t, l.Breaking(now, nil).Findings, 2)
	assert.Len(t, l.Breaking(now, []lock.Category{lock.Stored}).Findings, 1)
	assert.Empty(t, l.Breaking(now, []lock.Category{lock.Stored}).Unused)
	assert.Len(t, l.Breaking(now, []lock.Category{lock.Text}).Unused, 1)
	assert.Empty(t, l.Breaking(now, []lock.Category{lock.Safety}).Findings)
}
